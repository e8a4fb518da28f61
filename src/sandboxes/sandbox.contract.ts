import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  ExecResult,
  ExecSpec,
  Sandbox,
  SandboxImage,
  SandboxProvider,
  SandboxSession,
  SandboxSpec,
} from './sandbox.ts';

/** What a provider's test file brings to the suite. */
export interface SandboxHarness {
  readonly name: string;
  /** Begins with `test-`. */
  readonly instance: string;
  readonly provider: SandboxProvider;
  /** An image with a file `/etc/clawbench-contract` and a user `agent`. */
  image(): Promise<SandboxImage>;
  /** The same provider with nothing behind it. */
  readonly unreachable: SandboxProvider;
}

/** Everything the suite runs, so that a provider without processes can play it. */
export const contractCommands = {
  succeed: 'true',
  exitSeven: 'exit 7',
  bothStreams: 'printf out; printf err >&2',
  showVariable: 'printf %s "$GREETING"',
  showDirectory: 'pwd',
  echoInput: 'cat',
  fiveChunks: 'for n in 1 2 3 4 5; do printf "$n"; sleep 0.02; done',
  thousandBytes: 'head -c 1000 /dev/zero',
  sleep: 'printf begun; sleep 60',
  makePipe: 'mkfifo /tmp/pipe',
  makeLinks:
    'mkdir -p /tmp/tree/sub && ln -s /etc/passwd /tmp/tree/link && printf x >/tmp/tree/sub/file && mkfifo /tmp/tree/pipe',
  linkRoot: 'mkdir -p /tmp/elsewhere && ln -s /tmp/elsewhere /tmp/linked-root',
  linkInside: 'mkdir -p /tmp/upload && ln -s /tmp/elsewhere /tmp/upload/sub',
  whoAmI: 'id -u',
  changeImageFile: 'printf changed >/etc/clawbench-contract',
} as const;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

/** A spec of the harness; every sandbox of the suite is made from one. */
export async function sandboxSpec(
  harness: SandboxHarness,
  changes: Partial<SandboxSpec> = {},
): Promise<SandboxSpec> {
  return {
    image: await harness.image(),
    owner: { instance: harness.instance, runId: 'contract-run', trialId: 'contract-trial', leaseToken: 7 },
    cpus: 1,
    memoryMb: 512,
    pids: 128,
    network: { mode: 'none' },
    env: {},
    workdir: '/tmp',
    agentUser: 'agent',
    endpoints: [],
    ...changes,
  };
}

/** Runs a command with generous limits. */
export function execIn(
  session: SandboxSession,
  command: string,
  more: Partial<ExecSpec> = {},
): Promise<ExecResult> {
  return session.exec({ command, timeoutMs: 20_000, maxOutputBytes: 1_000_000, ...more });
}

/** What every sandbox provider does, the one in memory included. */
export function describeSandboxProvider(harness: SandboxHarness): void {
  describe(`${harness.name}: commands`, () => {
    let sandbox: Sandbox;
    let session: SandboxSession;
    beforeAll(async () => {
      sandbox = await harness.provider.create(
        await sandboxSpec(harness, { env: { GREETING: 'from the sandbox' } }),
      );
      session = sandbox.session();
    });
    afterAll(() => sandbox.remove());

    test('the exit status is the result, never an error', async () => {
      expect(await execIn(session, contractCommands.succeed)).toMatchObject({
        ending: 'exited',
        exitCode: 0,
      });
      expect(await execIn(session, contractCommands.exitSeven)).toMatchObject({
        ending: 'exited',
        exitCode: 7,
      });
    });

    test('stdout and stderr are kept apart', async () => {
      const result = await execIn(session, contractCommands.bothStreams);
      expect([text(result.stdout), text(result.stderr), result.droppedBytes]).toEqual(['out', 'err', 0]);
    });

    test('output is handed on while the command runs, in order', async () => {
      const chunks: string[] = [];
      const result = await execIn(session, contractCommands.fiveChunks, {
        onOutput: (chunk) => chunks.push(text(chunk.bytes)),
      });
      expect(chunks.join('')).toBe('12345');
      expect(chunks.length).toBeGreaterThan(1);
      expect(text(result.stdout)).toBe('12345');
    });

    test('the environment is that of the sandbox with the command’s own on top', async () => {
      const inherited = await execIn(session, contractCommands.showVariable);
      const own = await execIn(session, contractCommands.showVariable, {
        env: { GREETING: 'it’s\n"mine" $HOME \\n' },
      });
      expect([text(inherited.stdout), text(own.stdout)]).toEqual([
        'from the sandbox',
        'it’s\n"mine" $HOME \\n',
      ]);
      await expect(execIn(session, 'true', { env: { 'not a name': '1' } })).rejects.toMatchObject({
        code: 'invalid-input',
      });
    });

    test('a command runs in the work directory or where it is told', async () => {
      expect(text((await execIn(session, contractCommands.showDirectory)).stdout).trim()).toBe('/tmp');
      const elsewhere = await execIn(session, contractCommands.showDirectory, { cwd: '/etc' });
      expect(text(elsewhere.stdout).trim()).toBe('/etc');
    });

    test('input arrives byte for byte, and none is an empty one', async () => {
      const all = Uint8Array.from({ length: 2_560 }, (_, index) => index % 256);
      const result = await execIn(session, contractCommands.echoInput, { stdin: all });
      expect(Buffer.from(result.stdout).equals(Buffer.from(all))).toBe(true);
      expect(text((await execIn(session, contractCommands.echoInput)).stdout)).toBe('');
    });

    test('output over the cap is dropped and counted, and the command goes on', async () => {
      const result = await execIn(session, contractCommands.thousandBytes, { maxOutputBytes: 10 });
      expect(result).toMatchObject({ ending: 'exited', exitCode: 0, droppedBytes: 990 });
      expect(result.stdout.length).toBe(10);
    });

    test('a command is ended after its time, and its output until then is kept', async () => {
      const result = await execIn(session, contractCommands.sleep, { timeoutMs: 400 });
      expect(result).toMatchObject({ ending: 'timed-out', exitCode: null });
      expect(text(result.stdout)).toBe('begun');
    });

    test('a command is ended when asked, and not begun when asked before', async () => {
      const stop = new AbortController();
      const running = execIn(session, contractCommands.sleep, {
        signal: stop.signal,
        onOutput: () => stop.abort(),
      });
      expect(await running).toMatchObject({ ending: 'aborted', exitCode: null });
      const refused = await execIn(session, contractCommands.sleep, { signal: stop.signal });
      expect([refused.ending, text(refused.stdout)]).toEqual(['aborted', '']);
    });
  });

  describe(`${harness.name}: files`, () => {
    let sandbox: Sandbox;
    let session: SandboxSession;
    beforeAll(async () => {
      sandbox = await harness.provider.create(await sandboxSpec(harness));
      session = sandbox.session();
    });
    afterAll(() => sandbox.remove());

    test('a written file is read back, whole and in windows', async () => {
      await session.writeFile('/tmp/new/deep/a file’s name', bytes('0123456789'));
      const whole = await session.readFile('/tmp/new/deep/a file’s name', { maxBytes: 100 });
      expect([text(whole.bytes), whole.size]).toEqual(['0123456789', 10]);
      const window = await session.readFile('/tmp/new/deep/a file’s name', { offset: 4, maxBytes: 3 });
      expect([text(window.bytes), window.size]).toEqual(['456', 10]);
      const beyond = await session.readFile('/tmp/new/deep/a file’s name', { offset: 99, maxBytes: 3 });
      expect([text(beyond.bytes), beyond.size]).toEqual(['', 10]);
    });

    test('writing replaces a file, also by an empty one', async () => {
      await session.writeFile('/tmp/replaced', bytes('old'));
      await session.writeFile('/tmp/replaced', bytes(''));
      expect((await session.readFile('/tmp/replaced', { maxBytes: 10 })).size).toBe(0);
    });

    test('what is not a regular file cannot be read or replaced', async () => {
      await execIn(session, contractCommands.makePipe);
      await expect(session.readFile('/tmp/absent', { maxBytes: 1 })).rejects.toMatchObject({
        code: 'not-found',
      });
      await expect(session.readFile('/tmp', { maxBytes: 1 })).rejects.toMatchObject({
        code: 'invalid-input',
      });
      await expect(session.readFile('/tmp/pipe', { maxBytes: 1 })).rejects.toMatchObject({
        code: 'invalid-input',
      });
      await expect(session.readFile('relative', { maxBytes: 1 })).rejects.toMatchObject({
        code: 'invalid-input',
      });
      await expect(session.writeFile('/tmp', bytes('x'))).rejects.toMatchObject({ code: 'invalid-input' });
      await expect(session.writeFile('relative', bytes('x'))).rejects.toMatchObject({
        code: 'invalid-input',
      });
    });

    test('uploaded files come back in a download, modes included', async () => {
      const files = [
        { path: 'a/long/'.padEnd(180, 'y'), bytes: bytes('long'), mode: 0o755 },
        { path: 'zeros', bytes: new Uint8Array(50), mode: 0o644 },
        { path: 'ä/ö', bytes: bytes('umlauts'), mode: 0o600 },
      ];
      await session.upload('/tmp/round-trip', files);
      const found = await session.download('/tmp/round-trip', { maxBytes: 10_000, maxFiles: 3 });
      expect(found.map((file) => [file.path, text(file.bytes), file.mode])).toEqual(
        files.map((file) => [file.path, text(file.bytes), file.mode]),
      );
    });

    test.each(['../up', '/absolute', 'a/../../b', 'a//b', './a', '', 'a/', 'nul\0', 'line\nbreak'])(
      'a file named %j is not placed',
      async (path) => {
        await expect(session.upload('/tmp/refused', [{ path, bytes: bytes('x') }])).rejects.toMatchObject({
          code: 'invalid-input',
        });
      },
    );

    test('files are not placed through links', async () => {
      await execIn(session, contractCommands.linkRoot);
      await execIn(session, contractCommands.linkInside);
      await expect(
        session.upload('/tmp/linked-root', [{ path: 'f', bytes: bytes('x') }]),
      ).rejects.toMatchObject({ code: 'forbidden' });
      await expect(
        session.upload('/tmp/upload', [{ path: 'sub/f', bytes: bytes('x') }]),
      ).rejects.toMatchObject({ code: 'forbidden' });
      await expect(session.readFile('/tmp/elsewhere/f', { maxBytes: 1 })).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    test('links and special files are left out of a download, and a linked root is refused', async () => {
      await execIn(session, contractCommands.makeLinks);
      const found = await session.download('/tmp/tree', { maxBytes: 100, maxFiles: 10 });
      expect(found.map((file) => file.path)).toEqual(['sub/file']);
      await execIn(session, contractCommands.linkRoot);
      await expect(session.download('/tmp/linked-root', { maxBytes: 1, maxFiles: 1 })).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(session.download('/tmp/absent', { maxBytes: 1, maxFiles: 1 })).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    test('a download over its limits is refused', async () => {
      await session.upload('/tmp/large', [
        { path: 'one', bytes: new Uint8Array(3_000) },
        { path: 'two', bytes: new Uint8Array(3_000) },
      ]);
      await expect(session.download('/tmp/large', { maxBytes: 5_999, maxFiles: 10 })).rejects.toMatchObject({
        code: 'limit-reached',
      });
      await expect(session.download('/tmp/large', { maxBytes: 6_000, maxFiles: 1 })).rejects.toMatchObject({
        code: 'limit-reached',
      });
      expect(await session.download('/tmp/large', { maxBytes: 6_000, maxFiles: 2 })).toHaveLength(2);
    });
  });

  describe(`${harness.name}: life of a sandbox`, () => {
    test('sealing ends the agent’s sessions, keeps the files and gives root', async () => {
      const sandbox = await harness.provider.create(await sandboxSpec(harness));
      try {
        const session = sandbox.session();
        await session.writeFile('/tmp/kept', bytes('kept'));
        expect(text((await execIn(session, contractCommands.whoAmI)).stdout).trim()).not.toBe('0');
        const sealed = await sandbox.seal();
        await expect(execIn(session, contractCommands.succeed)).rejects.toMatchObject({
          code: 'unavailable',
        });
        await expect(session.readFile('/tmp/kept', { maxBytes: 1 })).rejects.toMatchObject({
          code: 'unavailable',
        });
        await expect(execIn(sandbox.session(), contractCommands.succeed)).rejects.toMatchObject({
          code: 'unavailable',
        });
        await expect(sandbox.seal()).rejects.toMatchObject({ code: 'conflict' });
        expect(text((await sealed.session.readFile('/tmp/kept', { maxBytes: 10 })).bytes)).toBe('kept');
        expect(text((await execIn(sealed.session, contractCommands.whoAmI)).stdout).trim()).toBe('0');
      } finally {
        await sandbox.remove();
      }
    });

    test('changed files of the image are named and put back', async () => {
      const sandbox = await harness.provider.create(await sandboxSpec(harness, { agentUser: 'root' }));
      try {
        const original = await sandbox.session().readFile('/etc/clawbench-contract', { maxBytes: 100 });
        await execIn(sandbox.session(), contractCommands.changeImageFile);
        await sandbox.session().writeFile('/etc/added', bytes('not of the image'));
        const sealed = await sandbox.seal();
        expect(await sealed.changedImageFiles()).toEqual(['/etc/clawbench-contract']);
        await sealed.restoreImageFiles(['/etc/clawbench-contract']);
        const restored = await sealed.session.readFile('/etc/clawbench-contract', { maxBytes: 100 });
        expect(text(restored.bytes)).toBe(text(original.bytes));
      } finally {
        await sandbox.remove();
      }
    });

    test('a removed sandbox is gone for its sessions, and removing again does nothing', async () => {
      const sandbox = await harness.provider.create(await sandboxSpec(harness));
      await Promise.all([sandbox.remove(), sandbox.remove()]);
      await sandbox.remove();
      await harness.provider.removeById(sandbox.id);
      await expect(execIn(sandbox.session(), contractCommands.succeed)).rejects.toMatchObject({
        code: 'unavailable',
      });
    });

    test('sandboxes are found by instance and removed by id', async () => {
      const instance = `${harness.instance}-sweep`;
      const owner = { instance, runId: 'r1', trialId: 't1', leaseToken: 3 };
      const sandbox = await harness.provider.create(await sandboxSpec(harness, { owner }));
      const found = await harness.provider.list(instance);
      expect(found.map((entry) => [entry.id, entry.owner])).toEqual([[sandbox.id, owner]]);
      expect(found[0]?.createdAt).toBeTypeOf('number');
      expect(await harness.provider.list(`${instance}-other`)).toEqual([]);
      await harness.provider.removeById(sandbox.id);
      expect(await harness.provider.list(instance)).toEqual([]);
      await sandbox.remove();
    });

    test('trouble of the provider is unavailable, with a hint', async () => {
      const { unreachable } = harness;
      expect(await harness.provider.preflight()).toMatchObject({ kind: 'ready' });
      expect(await unreachable.preflight()).toMatchObject({
        kind: 'unavailable',
        hint: expect.stringMatching(/\w/),
      });
      await expect(unreachable.create(await sandboxSpec(harness))).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
      });
    });
  });
}
