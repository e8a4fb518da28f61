import { expect, test } from 'vitest';
import { ClawBenchError } from '../domain/errors.ts';
import type { FakeCommand, FakeFaults, FakeOutcome } from '../sandboxes/fake/fake-command.ts';
import type { FakeFiles } from '../sandboxes/fake/fake-files.ts';
import { FakeSandboxProvider } from '../sandboxes/fake/fake-sandbox-provider.ts';
import type { Verification } from './benchmark.ts';
import { runVerifier, type VerifierJob } from './verifier.ts';

const resultNames = ['reward.json', 'reward.txt', 'ctrf.json'];

interface Scene {
  /** What `test.sh` does. */
  readonly test: (command: FakeCommand) => FakeOutcome | Promise<FakeOutcome>;
  readonly job?: Partial<VerifierJob>;
  readonly imageFiles?: Readonly<Record<string, string>>;
  /** What the agent did before. */
  readonly agent?: (files: FakeFiles) => void;
  readonly cleaning?: FakeOutcome;
  readonly faults?: FakeFaults;
}

/** Plays one verification; the shell's own work (removing, listing) is played too. */
async function verify(scene: Scene): Promise<{ verification: Verification; files: FakeFiles }> {
  const provider = new FakeSandboxProvider({
    clock: { now: () => 0 },
    imageFiles: scene.imageFiles ?? {},
    interpreter: (command) => {
      const { files } = command;
      if (command.command.includes('fresh /logs/verifier')) {
        files.remove('/tests');
        files.remove('/logs/verifier');
        return scene.cleaning ?? { exitCode: 0 };
      }
      if (command.command.includes('/tests/test.sh')) return scene.test(command);
      const present = resultNames.flatMap((name) => {
        const node = files.get(`/logs/verifier/${name}`);
        return node ? [`${node.kind === 'file' ? '' : '!'}${name}\n`] : [];
      });
      return { exitCode: 0, stdout: present.join('') };
    },
  });
  const sandbox = await provider.create({
    image: { reference: 'x', digest: 'sha256:x' },
    owner: { instance: 'test', runId: 'r', trialId: 't', leaseToken: 1 },
    cpus: 1,
    memoryMb: 64,
    pids: 10,
    network: { mode: 'none' },
    env: { LD_PRELOAD: '/app/evil.so', PATH: '/app' },
    workdir: '/app',
    agentUser: null,
    endpoints: [],
  });
  const { files } = provider.sandboxes.get(sandbox.id) ?? {};
  if (!files) throw new Error('the sandbox is gone');
  scene.agent?.(files);
  const sealed = await sandbox.seal();
  Object.assign(provider.faults, scene.faults);
  const tests = [{ path: 'test.sh', bytes: Buffer.from('#!/bin/bash'), mode: 0o755 }];
  const job = {
    tests,
    env: {},
    nonce: 'abc',
    workdir: '/app',
    timeoutMs: 200,
    agentMayBeRoot: true,
    ...scene.job,
  };
  return { verification: await runVerifier(job, sealed), files };
}

const writes =
  (results: Readonly<Record<string, string>>, exitCode = 0) =>
  ({ files }: FakeCommand): FakeOutcome => {
    for (const [name, text] of Object.entries(results)) files.writeText(`/logs/verifier/${name}`, text);
    return { exitCode, stdout: 'checked\n', stderr: 'twice\n' };
  };

test('the reward, the tests and what was printed come back', async () => {
  const report = '{"results":{"tests":[{"status":"passed"},{"status":"failed"}]}}';
  const { verification } = await verify({ test: writes({ 'reward.txt': '0.5\n', 'ctrf.json': report }, 1) });
  expect(verification).toMatchObject({
    kind: 'judged',
    reward: 0.5,
    tests: { passed: 1, failed: 1, other: 0 },
  });
  expect(
    verification.files.map(({ kind, name, bytes }) => [kind, name, Buffer.from(bytes).toString()]),
  ).toEqual([
    ['test-output', 'test-stdout.txt', 'checked\ntwice\n'],
    ['reward', 'reward.txt', '0.5\n'],
    ['test-report', 'ctrf.json', report],
  ]);
});

test('test.sh starts by the path of a shell, in the directory of the task, with nothing inherited', async () => {
  let seen = '';
  await verify({
    job: { env: { GREETING: "it's" }, nonce: 'feed' },
    test: (command) => {
      seen = command.command;
      return writes({ 'reward.txt': '1' })(command);
    },
  });
  expect(seen).toMatch(/^shell=\/bin\/bash;/);
  expect(seen).toContain("cd '/app' 2>/dev/null\nexec env -i 'PATH=/usr/sbin:");
  expect(seen).toContain(String.raw`'GREETING=it'\''s' 'CLAWBENCH_NONCE=feed' "$shell" /tests/test.sh`);
  expect(seen).not.toContain('evil');
});

test('tests are uploaded after everything in their place is gone', async () => {
  const { files } = await verify({
    agent: (before) => before.writeText('/tests/conftest.py', 'cheat'),
    test: writes({ 'reward.txt': '0' }),
  });
  expect(files.text('/tests/conftest.py')).toBeUndefined();
  expect(files.text('/tests/test.sh')).toBe('#!/bin/bash');
});

test('what the verifier relies on is put back, the work is not', async () => {
  const { files } = await verify({
    imageFiles: { '/usr/bin/python3.11': 'python', '/app/main.py': 'old', '/srv/site-packages/a.py': 'old' },
    agent: (before) => {
      before.writeText('/usr/bin/python3.11', 'trojan');
      before.writeText('/app/main.py', 'new');
    },
    test: writes({ 'reward.txt': '1' }),
  });
  expect(files.text('/usr/bin/python3.11')).toBe('python');
  expect(files.text('/app/main.py')).toBe('new');
});

test('an agent that was never root cannot have changed programs, so nothing is compared', async () => {
  const { files } = await verify({
    job: { agentMayBeRoot: false },
    imageFiles: { '/usr/bin/env': 'env' },
    agent: (before) => before.writeText('/usr/bin/env', 'other'),
    test: writes({ 'reward.txt': '1' }),
  });
  expect(files.text('/usr/bin/env')).toBe('other');
});

test('an image changed beyond listing is not judged but scores 0', async () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `/usr/share/${index}`);
  const { verification } = await verify({
    imageFiles: Object.fromEntries(names.map((name) => [name, 'x'])),
    agent: (files) => names.forEach((name) => files.writeText(name, 'y')),
    test: writes({ 'reward.txt': '1' }),
  });
  expect(verification).toMatchObject({ kind: 'judged', reward: 0, tests: null });
});

test('leftovers that cannot be removed score 0', async () => {
  const { verification } = await verify({ cleaning: { exitCode: 73 }, test: writes({ 'reward.txt': '1' }) });
  expect(verification).toMatchObject({ kind: 'judged', reward: 0 });
});

test.each([
  ['no reward', {}, 'task'],
  ['an empty reward', { 'reward.txt': '' }, 'task'],
  ['two rewards that differ', { 'reward.txt': '1', 'reward.json': '{"reward":0}' }, 'task'],
] as const)('%s is a fault and no zero, whatever the exit status', async (_what, results, fault) => {
  for (const status of [0, 1]) {
    const { verification } = await verify({ test: writes(results, status) });
    expect(verification).toMatchObject({ kind: 'faulted', fault });
    expect(verification.files[0]?.name).toBe('test-stdout.txt');
  }
});

test('a link in place of the reward is a fault', async () => {
  const { verification } = await verify({
    test: ({ files }) => {
      files.set('/logs/verifier/reward.txt', { kind: 'link', target: '/app/reward.txt' });
      return { exitCode: 0 };
    },
  });
  expect(verification).toMatchObject({ kind: 'faulted', fault: 'task' });
});

test('a report that is broken costs its counts, not the reward', async () => {
  const { verification } = await verify({
    test: writes({ 'reward.json': '{"reward":1}', 'ctrf.json': '{' }),
  });
  expect(verification).toMatchObject({ kind: 'judged', reward: 1, tests: null });
});

test('a verifier that does not end is a fault of the verifier', async () => {
  const { verification } = await verify({
    job: { timeoutMs: 20 },
    test: ({ write }) => {
      write('stdout', 'waiting…');
      return Promise.withResolvers<FakeOutcome>().promise;
    },
  });
  expect(verification).toMatchObject({ kind: 'faulted', fault: 'verifier' });
  expect(Buffer.from(verification.files[0]?.bytes ?? []).toString()).toBe(
    'waiting…\n[stopped after 0.02 s]\n',
  );
});

test('output without end is cut, and says so', async () => {
  const { verification } = await verify({
    test: (command) => {
      command.write('stdout', 'x'.repeat(3_000_000));
      return writes({ 'reward.txt': '0' })(command);
    },
  });
  const text = Buffer.from(verification.files[0]?.bytes ?? []).toString();
  expect(text.length).toBeLessThan(1_100_000);
  expect(text).toMatch(/\n\[\d+ more bytes of output were not kept\]\n$/);
});

test('a sandbox that breaks is nobody’s verdict', async () => {
  const verifying = verify({ faults: { exec: 'unavailable' }, test: writes({ 'reward.txt': '1' }) });
  await expect(verifying).rejects.toBeInstanceOf(ClawBenchError);
  await expect(verifying).rejects.toMatchObject({ code: 'unavailable' });
});
