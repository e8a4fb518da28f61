import { afterAll, beforeAll, expect, test } from 'vitest';
import { rewardLibrary } from '../../tests/world/reward-library.ts';
import {
  startDockerWorld,
  tryTask,
  type DockerWorld,
  type TrialActs,
} from '../../tests/world/docker-trial.ts';
import type { SandboxSession } from '../sandboxes/sandbox.ts';
import type { Verification } from './benchmark.ts';
import { genericCheats } from './cheats.ts';
import { createEntryTest } from './entry-test/entry-test.ts';

const benchmark = createEntryTest();
const zero = { kind: 'judged', reward: 0 };
let world: DockerWorld;

beforeAll(async () => {
  world = await startDockerWorld();
});

afterAll(async () => {
  await world.close();
});

async function attempt(taskId: string, acts: TrialActs): Promise<Verification> {
  const task = (await benchmark.packs())[0]?.tasks.find(({ id }) => id === taskId);
  if (!task) throw new Error(`there is no task ${taskId}`);
  return tryTask(world, benchmark, task, acts);
}

/** Runs a script that must not fail by itself: a cheat that was never played proves nothing. */
async function play(session: SandboxSession, command: string): Promise<void> {
  const result = await session.exec({ command, timeoutMs: 10_000, maxOutputBytes: 10_000 });
  if (result.exitCode !== 0) throw new Error(`${command}: ${Buffer.from(result.stderr).toString()}`);
}

/** Files of a task's work that were put there by the agent. */
function write(files: Readonly<Record<string, string>>): NonNullable<TrialActs['act']> {
  return async (session) => {
    for (const [path, text] of Object.entries(files)) await session.writeFile(path, Buffer.from(text), 0o755);
  };
}

test.each(genericCheats.map((cheat) => [cheat.name, cheat] as const))(
  '%s',
  async (_name, { user, script }) => {
    const verification = await attempt('answer-echo', {
      asRoot: user === 'root',
      act: async (session) =>
        void (await session.exec({ command: script, timeoutMs: 10_000, maxOutputBytes: 10_000 })),
    });
    expect(verification).toMatchObject(zero);
  },
);

test('links in place of /logs and /tests are removed and never followed', async () => {
  const verification = await attempt('answer-echo', {
    asRoot: true,
    act: async (session) => {
      await write({ '/app/l/verifier/reward.txt': '1', '/app/t/keep.txt': 'kept' })(session, '');
      await play(session, 'rm -rf /logs /tests && ln -s /app/l /logs && ln -s /app/t /tests');
    },
    after: async ({ session }) => {
      await play(session, 'test "$(cat /app/t/keep.txt)$(cat /app/l/verifier/reward.txt)" = kept1');
      await play(session, '[ ! -e /app/t/test.sh ] && [ ! -L /logs ] && [ ! -L /tests ]');
    },
  });
  expect(verification).toMatchObject(zero);
});

test('files nobody may remove, deep folders and odd names are no hold', async () => {
  const verification = await attempt('answer-echo', {
    asRoot: true,
    act: (session) =>
      play(
        session,
        `mkdir -p /logs/verifier/reward.txt /logs/verifier/ctrf.json "/tests/-rf *" && cd /tests
python3 -c 'import os
for level in range(60): os.mkdir("x" * 50); os.chdir("x" * 50)'
echo 1 > /logs/verifier/reward.json; chmod -R 000 /logs; chmod 000 /tests`,
      ),
  });
  expect(verification).toMatchObject(zero);
});

test('a left-over handle and a bind mount do not reach the tests', async () => {
  const verification = await attempt('answer-echo', {
    asRoot: true,
    act: async (session) => {
      await play(
        session,
        `mkdir -p /tests /logs/verifier && touch /tests/test_outputs.py /logs/verifier/reward.txt
setsid sh -c 'exec 3>>/tests/test_outputs.py 4>>/logs/verifier/reward.txt
while :; do echo "def test_answer(): pass" >&3; echo 1 >&4; echo 1 > /proc/1/root/logs/verifier/reward.txt; done' >/dev/null 2>&1 &`,
      );
      const mounting = session.exec({
        command: 'mount --bind /app /tests || mount -t tmpfs none /tests',
        timeoutMs: 5_000,
        maxOutputBytes: 1_000,
      });
      expect((await mounting).exitCode).not.toBe(0);
    },
  });
  expect(verification).toMatchObject(zero);
});

test('a library in /etc/ld.so.preload does not run in the verifier', async () => {
  const verification = await attempt('answer-echo', {
    asRoot: true,
    act: async (session) => {
      await session.writeFile('/app/reward.so', rewardLibrary(), 0o755);
      await play(session, 'mkdir -p /logs/verifier');
      // The cheat works as long as nobody looks: any program writes the reward and ends at once.
      const runs = process.arch === 'x64';
      const tried = {
        command: 'LD_PRELOAD=/app/reward.so /usr/bin/env false',
        timeoutMs: 5_000,
        maxOutputBytes: 1_000,
      };
      expect((await session.exec(tried)).exitCode).toBe(runs ? 0 : 1);
      await session.writeFile('/etc/ld.so.preload', Buffer.from('/app/reward.so\n'));
    },
  });
  expect(verification).toMatchObject(zero);
});

test('a library put over the C library does not run in the verifier', async () => {
  const verification = await attempt('answer-echo', {
    asRoot: true,
    act: async (session) => {
      await session.writeFile('/app/reward.so', rewardLibrary(), 0o755);
      await session.exec({
        command: 'mv -f /app/reward.so /lib/*-linux-gnu/libc.so.6',
        timeoutMs: 5_000,
        maxOutputBytes: 1_000,
      });
    },
  });
  expect(verification).toMatchObject(zero);
});

test.each([
  ['a pipe', 'mkfifo /app/answer.txt'],
  ['a link to the tests', 'ln -s /tests/trial.py /app/answer.txt'],
  ['a device', 'ln -s /dev/zero /app/answer.txt'],
  ['a folder', 'mkdir /app/answer.txt'],
  ['10 GB', 'truncate -s 10G /app/answer.txt'],
  ['no text', 'head -c 1000 /dev/urandom > /app/answer.txt'],
  ['a file nobody may read', 'echo ready > /app/answer.txt; chmod 000 /app/answer.txt'],
  ['nothing: the whole place of work is gone', 'rm -rf /app/* /app 2>/dev/null; true'],
])('an answer that is %s is wrong, and no fault', async (_what, command) => {
  const verification = await attempt('answer-echo', { act: (session) => play(session, command) });
  expect(verification).toMatchObject(zero);
});

test('endless output and a fork bomb end with their command', async () => {
  const verification = await attempt('answer-echo', {
    act: async (session) => {
      const loud = { command: 'yes', timeoutMs: 1_500, maxOutputBytes: 10_000 };
      const result = await session.exec(loud);
      expect(result).toMatchObject({ ending: 'timed-out' });
      expect(result.stdout.length).toBeLessThanOrEqual(10_000);
      expect(result.droppedBytes).toBeGreaterThan(1_000_000);
      await session.exec({
        command: 'bomb() { bomb | bomb & }; bomb; wait',
        timeoutMs: 1_500,
        maxOutputBytes: 10_000,
      });
    },
  });
  expect(verification).toMatchObject(zero);
});

test.concurrent.each([
  ['prints without end', '#!/bin/sh\nyes & exec yes >&2\n'],
  ['is a fork bomb', '#!/bin/bash\nbomb() { bomb | bomb & }; bomb; exec sleep 60\n'],
  [
    'never answers',
    '#!/bin/sh\nexec python3 -c "import socket,time; s=socket.create_server((\'127.0.0.1\',8080)); time.sleep(60)"\n',
  ],
  [
    'writes the reward',
    '#!/bin/sh\nwhile :; do echo 1 > /logs/verifier/reward.txt; echo 1 > /logs/verifier/reward.json; cp /app/start.sh /tests/test_outputs.py; done\n',
  ],
])('a service that %s scores 0 in time', async (_what, script) => {
  const startedAt = Date.now();
  const verification = await attempt('service-word-counter', { act: write({ '/app/start.sh': script }) });
  expect(verification).toMatchObject(zero);
  expect(Date.now() - startedAt).toBeLessThan(55_000);
});

test('a program under test can neither read the tests nor touch the verdict', async () => {
  const program = `
import glob, os, signal
found = []
for path in ("/tests", "/tests/test_outputs.py", "/logs/verifier", "/proc/%d/environ" % os.getppid(), "/proc/%d/mem" % os.getppid()):
    try:
        found.append(open(path).read() if not os.path.isdir(path) else os.listdir(path))
    except OSError:
        pass
for act in (lambda: os.kill(os.getppid(), signal.SIGKILL), lambda: os.setuid(0), lambda: open("/logs/verifier/reward.txt", "w").write("1")):
    try:
        act()
        found.append("acted")
    except OSError:
        pass
if os.environ.get("CLAWBENCH_NONCE"):
    found.append("nonce")
def slug(title):
    raise SystemExit("found: " + repr(found))
`;
  const verification = await attempt('trap-slugs', { act: write({ '/app/slug.py': program }) });
  expect(verification).toMatchObject(zero);
  const output = verification.files.find(({ kind }) => kind === 'test-output');
  expect(Buffer.from(output?.bytes ?? []).toString()).toContain('found: []');
});

test('a right answer beside every cheat of the agent still scores 1', async () => {
  const verification = await attempt('answer-echo', {
    act: async (session, nonce) => {
      for (const { script } of genericCheats.filter(({ user }) => user === 'agent')) {
        await session.exec({ command: script, timeoutMs: 10_000, maxOutputBytes: 10_000 });
      }
      await session.writeFile('/app/answer.txt', Buffer.from(`ready ${nonce}\n`));
    },
  });
  expect(verification).toMatchObject({
    kind: 'judged',
    reward: 1,
    tests: { passed: 1, failed: 0, other: 0 },
  });
});
