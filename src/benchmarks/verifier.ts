import type { FaultClass } from '../domain/outcome.ts';
import type { ArchiveFile, ExecResult, SandboxSession, SealedSandbox } from '../sandboxes/sandbox.ts';
import type { Verification, VerificationFile } from './benchmark.ts';
import { countTests, maxReportBytes } from './ctrf.ts';
import { maxRewardBytes, readReward } from './reward.ts';
import { restoreTrustedFiles } from './trusted-files.ts';

/** What one verification needs. */
export interface VerifierJob {
  /** Placed in `/tests`; `test.sh` among them. */
  readonly tests: readonly ArchiveFile[];
  readonly env: Readonly<Record<string, string>>;
  readonly nonce: string;
  /** Directory `test.sh` starts in; null means the image's own. */
  readonly workdir: string | null;
  readonly timeoutMs: number;
  /** Whether the agent can have changed programs of the image, which are then put back first. */
  readonly agentMayBeRoot: boolean;
}

const maxOutputBytes = 1_024 * 1_024;
const cleanTimeoutMs = 30_000;
const lookTimeoutMs = 10_000;
const rewardNames = ['reward.json', 'reward.txt'] as const;

/**
 * Makes `/tests` and `/logs/verifier` new and root's alone, whatever was there. A link is removed, never followed.
 * What cannot be removed can only be a volume of the image, which is good enough once it is empty.
 */
const makeFolders = `
fresh() {
  rm -rf "$1" 2>/dev/null
  mkdir "$1" 2>/dev/null || { [ -d "$1" ] && [ ! -L "$1" ] && [ -z "$(ls -A "$1")" ]; } || exit 73
  chown 0:0 "$1" && chmod 700 "$1" || exit 73
}
if [ -L /logs ] || [ ! -d /logs ]; then rm -rf /logs; mkdir /logs || exit 73; fi
chown 0:0 /logs && chmod 755 /logs || exit 73
rm -f /etc/ld.so.preload
fresh /tests
fresh /logs/verifier
`;

/** Names of the regular files of root in `/logs/verifier` that are read afterwards; whatever else has such a name is marked `!`. */
const listResults = `
cd /logs/verifier || exit 0
for name in reward.json reward.txt ctrf.json; do
  if [ -f "$name" ] && [ ! -L "$name" ] && [ -O "$name" ]; then echo "$name"
  elif [ -e "$name" ] || [ -L "$name" ]; then echo "!$name"; fi
done
`;

/**
 * All that `test.sh` starts with; a task's own variables are added. The system's programs come first: what an agent put
 * under /usr/local never stands before them. Python and pytest look into no folder an agent may write.
 */
const cleanEnv: Readonly<Record<string, string>> = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONNOUSERSITE: '1',
  PYTHONSAFEPATH: '1',
  PYTEST_ADDOPTS: '-p no:cacheprovider --rootdir=/tests --confcutdir=/tests',
};

/**
 * Judges a sealed sandbox: restores what verifiers rely on, uploads the tests, runs `test.sh` as root in a clean
 * environment and reads the reward it wrote. The exit status alone never makes a reward.
 * What the agent did to its sandbox to stop this is a 0; what the task or we got wrong is a fault.
 * Rejects with `unavailable` when the sandbox itself broke.
 */
export async function runVerifier(job: VerifierJob, sandbox: SealedSandbox): Promise<Verification> {
  const { session } = sandbox;
  const restored = job.agentMayBeRoot ? await restoreTrustedFiles(sandbox) : null;
  const distrust = restored ?? (await clean(session));
  if (distrust !== null) return refused(distrust);
  await session.upload('/tests', job.tests);
  const output: Buffer[] = [];
  const result = await session.exec({
    command: testCommand(job),
    cwd: '/',
    timeoutMs: job.timeoutMs,
    maxOutputBytes,
    onOutput: (chunk) => output.push(Buffer.from(chunk.bytes)),
  });
  const files = [outputFile(output, result, job.timeoutMs)];
  if (result.ending !== 'exited') {
    const message = `The verifier did not finish within ${job.timeoutMs / 1_000} s and was stopped.`;
    return faulted('verifier', message, files);
  }
  return judge(session, result, files);
}

async function clean(session: SandboxSession): Promise<string | null> {
  const result = await session.exec({
    command: makeFolders,
    cwd: '/',
    timeoutMs: cleanTimeoutMs,
    maxOutputBytes: 4_096,
  });
  if (result.ending === 'exited' && result.exitCode === 0) return null;
  return 'what was left at /tests and /logs/verifier could not be removed';
}

/**
 * `env -i` drops all that the image, the task and the agent put into the environment. Bash is named by its path, and a
 * start directory that is gone is no reason to stop.
 */
function testCommand(job: VerifierJob): string {
  const assignments = Object.entries({ ...cleanEnv, ...job.env, CLAWBENCH_NONCE: job.nonce }).map(
    ([name, value]) => quote(`${name}=${value}`),
  );
  const enter = job.workdir === null ? ':' : `cd ${quote(job.workdir)} 2>/dev/null`;
  return `shell=/bin/bash; [ -x "$shell" ] || shell=/bin/sh
${enter}
exec env -i ${assignments.join(' ')} "$shell" /tests/test.sh`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

async function judge(
  session: SandboxSession,
  result: ExecResult,
  outputs: readonly VerificationFile[],
): Promise<Verification> {
  const listed = await session.exec({
    command: listResults,
    cwd: '/',
    timeoutMs: lookTimeoutMs,
    maxOutputBytes: 4_096,
  });
  const names = Buffer.from(listed.stdout).toString('utf8').split('\n');
  const read = async (name: string, maxBytes: number): Promise<Uint8Array | null> => {
    if (!names.includes(name)) return null;
    const slice = await session.readFile(`/logs/verifier/${name}`, { maxBytes: maxBytes + 1 });
    return slice.bytes;
  };
  const json = await read('reward.json', maxRewardBytes);
  const text = await read('reward.txt', maxRewardBytes);
  const report = await read('ctrf.json', maxReportBytes);
  const files: readonly VerificationFile[] = [
    ...outputs,
    ...keep('reward', 'reward.json', json),
    ...keep('reward', 'reward.txt', text),
    ...keep('test-report', 'ctrf.json', report),
  ];
  const odd = rewardNames.find((name) => names.includes(`!${name}`));
  if (odd)
    return faulted('task', `The verifier left ${odd} as something other than a file of its own.`, files);
  const reading = readReward({ json, text });
  if (reading.kind === 'broken') {
    const status = `test.sh ended with exit status ${result.exitCode}`;
    return faulted('task', `The verifier gave no reward: ${reading.message} (${status}).`, files);
  }
  return { kind: 'judged', reward: reading.reward, tests: report && countTests(report), files };
}

function keep(
  kind: VerificationFile['kind'],
  name: string,
  bytes: Uint8Array | null,
): readonly VerificationFile[] {
  return bytes === null ? [] : [{ kind, name, bytes }];
}

/** What `test.sh` printed, and in plain words whatever is missing from it. */
function outputFile(output: readonly Uint8Array[], result: ExecResult, timeoutMs: number): VerificationFile {
  const notes = [
    ...(result.droppedBytes > 0 ? [`${result.droppedBytes} more bytes of output were not kept`] : []),
    ...(result.ending === 'exited' ? [] : [`stopped after ${timeoutMs / 1_000} s`]),
  ].map((note) => Buffer.from(`\n[${note}]\n`));
  return { kind: 'test-output', name: 'test-stdout.txt', bytes: Buffer.concat([...output, ...notes]) };
}

/** A sandbox its agent made unfit to be judged: that is a failed task, or breaking it would be a way out of a 0. */
function refused(reason: string): Verification {
  const bytes = Buffer.from(`Not verified, reward 0: ${reason}.\n`);
  const files: readonly VerificationFile[] = [{ kind: 'test-output', name: 'test-stdout.txt', bytes }];
  return { kind: 'judged', reward: 0, tests: null, files };
}

function faulted(fault: FaultClass, message: string, files: readonly VerificationFile[]): Verification {
  return { kind: 'faulted', fault, message, files };
}
