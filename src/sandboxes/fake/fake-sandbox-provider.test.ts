import { expect, test } from 'vitest';
import { contractCommands, describeSandboxProvider, execIn, sandboxSpec } from '../sandbox.contract.ts';
import type { SandboxHarness } from '../sandbox.contract.ts';
import type { FakeCommand, FakeOutcome } from './fake-command.ts';
import { FakeSandboxProvider } from './fake-sandbox-provider.ts';

const ok: FakeOutcome = { exitCode: 0 };

const scripts: Record<string, (command: FakeCommand) => FakeOutcome | Promise<FakeOutcome>> = {
  [contractCommands.succeed]: () => ok,
  [contractCommands.exitSeven]: () => ({ exitCode: 7 }),
  [contractCommands.bothStreams]: () => ({ exitCode: 0, stdout: 'out', stderr: 'err' }),
  [contractCommands.showVariable]: ({ env }) => ({ exitCode: 0, stdout: env['GREETING'] ?? '' }),
  [contractCommands.showDirectory]: ({ cwd }) => ({ exitCode: 0, stdout: `${cwd}\n` }),
  [contractCommands.echoInput]: ({ stdin }) => ({ exitCode: 0, stdout: stdin }),
  [contractCommands.fiveChunks]: ({ write }) => {
    for (const digit of '12345') write('stdout', digit);
    return ok;
  },
  [contractCommands.thousandBytes]: () => ({ exitCode: 0, stdout: new Uint8Array(1_000) }),
  [contractCommands.sleep]: ({ write, signal }) => {
    write('stdout', 'begun');
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ exitCode: 137 })));
  },
  [contractCommands.makePipe]: ({ files }) => {
    files.set('/tmp/pipe', { kind: 'fifo' });
    return ok;
  },
  [contractCommands.makeLinks]: ({ files }) => {
    files.set('/tmp/tree/link', { kind: 'link', target: '/etc/passwd' });
    files.set('/tmp/tree/pipe', { kind: 'fifo' });
    files.writeText('/tmp/tree/sub/file', 'x');
    return ok;
  },
  [contractCommands.linkRoot]: ({ files }) => {
    files.makeDirectory('/tmp/elsewhere');
    files.set('/tmp/linked-root', { kind: 'link', target: '/tmp/elsewhere' });
    return ok;
  },
  [contractCommands.linkInside]: ({ files }) => {
    files.set('/tmp/upload/sub', { kind: 'link', target: '/tmp/elsewhere' });
    return ok;
  },
  [contractCommands.whoAmI]: ({ user }) => ({ exitCode: 0, stdout: user === 'root' ? '0\n' : '1000\n' }),
  [contractCommands.changeImageFile]: ({ files }) => {
    files.writeText('/etc/clawbench-contract', 'changed');
    return ok;
  },
};

const interpreter = (command: FakeCommand): FakeOutcome | Promise<FakeOutcome> =>
  scripts[command.command]?.(command) ?? { exitCode: 127 };

function makeProvider(): FakeSandboxProvider {
  const imageFiles = { '/etc/clawbench-contract': 'original' };
  return new FakeSandboxProvider({ clock: { now: () => 1_000 }, interpreter, imageFiles });
}

const unreachable = makeProvider();
unreachable.faults.start = 'unavailable';
const harness: SandboxHarness = {
  name: 'fake',
  instance: 'test-fake',
  provider: makeProvider(),
  unreachable,
  image: async () => ({ reference: 'fake/base', digest: 'sha256:00' }),
};

describeSandboxProvider(harness);

test('a hanging command ends by its timeout only', async () => {
  const provider = makeProvider();
  const sandbox = await provider.create(await sandboxSpec(harness));
  provider.faults.exec = 'hang';
  const result = await execIn(sandbox.session(), contractCommands.succeed, { timeoutMs: 20 });
  expect(result.ending).toBe('timed-out');
});

test('a broken sandbox rejects everything, and a seal can fail', async () => {
  const provider = makeProvider();
  const sandbox = await provider.create(await sandboxSpec(harness));
  provider.faults.exec = 'unavailable';
  await expect(execIn(sandbox.session(), contractCommands.succeed)).rejects.toMatchObject({
    code: 'unavailable',
  });
  provider.faults.seal = 'unavailable';
  await expect(sandbox.seal()).rejects.toMatchObject({ code: 'unavailable' });
});

test('images are pulled and built without an engine', async () => {
  const provider = makeProvider();
  const lines: string[] = [];
  const context = { digest: 'sha256:11', name: 'a-task', timeoutMs: 1_000 };
  await provider.pullImage('debian:12', (line) => lines.push(line));
  const files = [{ path: 'Dockerfile', bytes: new Uint8Array() }];
  expect(await provider.buildImage({ ...context, files }, (line) => lines.push(line))).toMatchObject({
    digest: 'sha256:11',
  });
  expect(lines).toEqual(['pulled debian:12', 'built a-task']);
  await expect(provider.buildImage({ ...context, files: [] }, () => {})).rejects.toMatchObject({
    code: 'invalid-input',
  });
});
