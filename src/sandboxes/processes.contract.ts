import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox, SandboxSession } from './sandbox.ts';
import { execIn, type SandboxHarness, sandboxSpec } from './sandbox.contract.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Daemons in every way to hide from whoever started them; each appends to /tmp/beats while it lives. */
const daemons = `
beat='while :; do echo beat >>/tmp/beats; sleep 0.02; done'
sh -c "$beat" &
nohup sh -c "$beat" >/dev/null 2>&1 &
setsid sh -c "$beat" &
(setsid sh -c "$beat" &)
(env -i setsid /bin/sh -c "($beat) & exit 0" &)
python3 -c '
import os, subprocess
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve("/bin/sh", ["x) S 1 1", "-c", "while :; do echo beat >>/tmp/beats; sleep 0.02; done"], {"PATH": "/usr/bin:/bin"})
    os._exit(0)
'
sleep 60`;

/** True when nothing writes to /tmp/beats any more. */
async function isQuiet(session: SandboxSession): Promise<boolean> {
  const { stdout } = await execIn(session, 'wc -c </tmp/beats; sleep 0.3; wc -c </tmp/beats');
  const [before, after] = text(stdout).trim().split('\n');
  return before === after && Number(before) > 0;
}

async function countProcesses(session: SandboxSession, pattern: string): Promise<number> {
  // The bracket keeps the pattern from finding the command that looks for it.
  const { stdout } = await execIn(
    session,
    `ps axo args | grep -c '[${pattern.slice(0, 1)}]${pattern.slice(1)}'; true`,
  );
  return Number(text(stdout));
}

/** What every provider does that has real processes. */
export function describeSandboxProcesses(harness: SandboxHarness): void {
  describe(`${harness.name}: processes`, () => {
    let sandbox: Sandbox;
    let session: SandboxSession;
    beforeAll(async () => {
      sandbox = await harness.provider.create(await sandboxSpec(harness));
      session = sandbox.session();
    });
    afterAll(() => sandbox.remove());

    test.each(['timeout', 'abort'] as const)(
      'a %s kills the whole tree, whatever daemons did to hide',
      async (how) => {
        const stop = new AbortController();
        const running = execIn(session, `rm -f /tmp/beats; ${daemons}`, {
          timeoutMs: how === 'timeout' ? 1_000 : 20_000,
          signal: stop.signal,
        });
        if (how === 'abort') setTimeout(() => stop.abort(), 1_000);
        expect(await running).toMatchObject({ ending: how === 'timeout' ? 'timed-out' : 'aborted' });
        expect(await isQuiet(session)).toBe(true);
      },
    );

    test('a fork bomb is killed by the timeout, and the sandbox works on', async () => {
      // Its own shell must not end before the timeout: what a command leaves behind is allowed to live on.
      const bomb = await execIn(
        session,
        'bomb() { bomb | bomb & bomb; }; bomb 2>/dev/null & while :; do :; done',
        { timeoutMs: 1_500 },
      );
      expect(bomb.ending).toBe('timed-out');
      expect(text((await execIn(session, 'echo alive')).stdout)).toBe('alive\n');
      expect(await countProcesses(session, 'bomb()')).toBe(0);
    });

    test('a process left behind delays nothing, lives on, and is not heard in later calls', async () => {
      const started = Date.now();
      const first = await execIn(
        session,
        'while :; do echo noise; echo noise >&2; sleep 0.01; done & echo started',
      );
      expect(Date.now() - started).toBeLessThan(5_000);
      expect(text(first.stdout)).toMatch(/started/);
      for (let call = 0; call < 20; call += 1) {
        const next = await execIn(session, `echo ${call}; echo ${call} >&2`);
        expect([text(next.stdout), text(next.stderr)]).toEqual([`${call}\n`, `${call}\n`]);
      }
      expect(await countProcesses(session, 'echo noise')).toBeGreaterThan(0);
      await execIn(session, 'pkill -f "echo [n]oise"');
    });

    test('a service started in the background keeps serving', async () => {
      await execIn(session, 'python3 -m http.server 8123 --bind 127.0.0.1 --directory /etc &');
      const asked = await execIn(
        session,
        'for n in $(seq 50); do curl -sf http://127.0.0.1:8123/hostname && break; sleep 0.1; done',
      );
      expect([asked.exitCode, text(asked.stdout).trim() !== '']).toEqual([0, true]);
      const again = await execIn(session, 'curl -sf http://127.0.0.1:8123/hostname');
      expect(again.exitCode).toBe(0);
    });

    test('commands run in parallel, more of them than can at once', async () => {
      const all = await Promise.all(
        Array.from({ length: 12 }, (_, index) => execIn(session, `sleep 0.1; echo ${index}; exit ${index}`)),
      );
      expect(all.map(({ exitCode, stdout }) => [exitCode, text(stdout)])).toEqual(
        all.map((_, index) => [index, `${index}\n`]),
      );
    });

    test('output of every byte and of any size arrives whole', async () => {
      const script = 'import os,sys\nfor n in range(4000): os.write(1, bytes(range(256)))';
      await session.writeFile('/tmp/bytes.py', Buffer.from(script));
      const result = await execIn(session, 'python3 /tmp/bytes.py; head -c 3000000 /dev/zero >&2', {
        maxOutputBytes: 10_000_000,
      });
      const expected = Buffer.alloc(
        4_000 * 256,
        Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index)),
      );
      expect(Buffer.from(result.stdout).equals(expected)).toBe(true);
      expect([result.stderr.length, result.droppedBytes]).toEqual([3_000_000, 0]);
    });

    test('a gigabyte of output takes none of our memory', async () => {
      const before = process.memoryUsage().rss;
      let highest = 0;
      const watch = setInterval(() => {
        highest = Math.max(highest, process.memoryUsage().rss - before);
      }, 20);
      const result = await execIn(session, 'head -c 1000000000 /dev/zero', {
        maxOutputBytes: 1_000,
        timeoutMs: 60_000,
      });
      clearInterval(watch);
      expect(result).toMatchObject({ exitCode: 0, droppedBytes: 1_000_000_000 - 1_000 });
      expect(highest).toBeLessThan(150_000_000);
    });

    test('a command that never reads a large input ends all the same', async () => {
      const result = await execIn(session, 'exit 3', { stdin: Buffer.alloc(8 * 1024 * 1024, 10) });
      expect(result.exitCode).toBe(3);
      expect(text((await execIn(session, 'cat', { stdin: Buffer.from('next') })).stdout)).toBe('next');
    });

    test('a command killed by a signal has its status, also when it kills everything it can', async () => {
      expect((await execIn(session, 'kill -TERM $$')).exitCode).toBe(143);
      expect((await execIn(session, 'kill -9 -1')).exitCode).toBe(137);
      expect(text((await execIn(session, 'echo again')).stdout)).toBe('again\n');
    });

    test('a shell that is missing or a directory that cannot be entered is the command’s trouble', async () => {
      const nowhere = await execIn(session, 'true', { cwd: '/nowhere' });
      expect([nowhere.exitCode, text(nowhere.stderr)]).toEqual([126, expect.stringContaining('/nowhere')]);
      expect((await execIn(session, 'no-such-program')).exitCode).toBe(127);
    });
  });

  describe(`${harness.name}: what sealing and removing ends`, () => {
    test.each([
      ['daemons', `rm -f /tmp/beats; (${daemons}) >/dev/null 2>&1 & sleep 0.5`],
      [
        'a fork bomb',
        'bomb() { bomb | bomb & }; (while :; do bomb; done) >/dev/null 2>&1 & sleep 0.5; echo x >>/tmp/beats',
      ],
    ])('sealing ends %s', async (_what, command) => {
      const sandbox = await harness.provider.create(await sandboxSpec(harness));
      try {
        await execIn(sandbox.session(), command);
        const sealed = await sandbox.seal();
        expect(await isQuiet(sealed.session)).toBe(true);
        const { stdout } = await execIn(
          sealed.session,
          'ps | grep -c -v -e tool-server -e docker-init -e PID',
        );
        expect(Number(text(stdout))).toBeLessThan(8);
      } finally {
        await sandbox.remove();
      }
    });

    test('removing takes less than a second, with a fork bomb inside too', async () => {
      const sandbox = await harness.provider.create(await sandboxSpec(harness));
      await execIn(
        sandbox.session(),
        'bomb() { bomb | bomb & }; (while :; do bomb; done) >/dev/null 2>&1 & sleep 0.3',
      );
      const started = Date.now();
      await sandbox.remove();
      expect(Date.now() - started).toBeLessThan(process.env['CI'] ? 5_000 : 3_000);
      expect(await harness.provider.list(harness.instance)).not.toContainEqual(
        expect.objectContaining({ id: sandbox.id }),
      );
    });

    test('a removal in the middle of a command is unavailable to it, and so is sealing', async () => {
      const sandbox = await harness.provider.create(await sandboxSpec(harness));
      const removedUnder = execIn(sandbox.session(), 'sleep 30', { timeoutMs: 40_000 });
      removedUnder.catch(() => {});
      await execIn(sandbox.session(), 'true');
      await sandbox.remove();
      await expect(removedUnder).rejects.toMatchObject({ code: 'unavailable' });
      const other = await harness.provider.create(await sandboxSpec(harness));
      const sealedUnder = execIn(other.session(), 'sleep 30', { timeoutMs: 40_000 });
      sealedUnder.catch(() => {});
      await other.seal();
      await expect(sealedUnder).rejects.toMatchObject({ code: 'unavailable' });
      await other.remove();
    });
  });
}
