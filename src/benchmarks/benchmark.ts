import type { BenchmarkId, PackIdentity } from '../domain/benchmark.ts';
import type { FaultClass, TestCounts } from '../domain/outcome.ts';
import type { Task, TaskFault } from '../domain/task.ts';
import type { ArchiveFile, BuildContext, SandboxSession, SealedSandbox } from '../sandboxes/sandbox.ts';

/** An installed bench pack with its tasks; a task that cannot be loaded is a fault beside the others, never an end. */
export interface Pack {
  readonly identity: PackIdentity;
  readonly title: string;
  readonly tasks: readonly Task[];
  readonly faults: readonly TaskFault[];
  /** What loaded tasks ask for that has no effect: keys nobody knows, limits that are not enforced. */
  readonly warnings?: readonly TaskFault[];
}

/** How a sandbox for one trial of a task is made. */
export interface Materialised {
  /** The instruction as the agent gets it: the trial's nonce filled in. */
  readonly instruction: string;
  readonly image:
    | { readonly kind: 'prebuilt'; readonly reference: string }
    | { readonly kind: 'build'; readonly context: BuildContext };
  /** Environment of the agent's commands, the nonce among it. */
  readonly env: Readonly<Record<string, string>>;
  /** Puts per-trial files in place before the agent starts. Runs as the agent's user. */
  prepare(session: SandboxSession): Promise<void>;
}

/** A file kept from verification. `kind` says what it is, `name` is unique within the trial. */
export interface VerificationFile {
  readonly name: string;
  readonly kind: 'test-output' | 'test-report' | 'reward';
  readonly bytes: Uint8Array;
}

/** What the verifier decided. Missing or broken output is a fault of the task or ours, never a zero. */
export type Verification =
  | {
      readonly kind: 'judged';
      readonly reward: number;
      readonly tests: TestCounts | null;
      readonly files: readonly VerificationFile[];
    }
  | {
      readonly kind: 'faulted';
      readonly fault: FaultClass;
      readonly message: string;
      readonly files: readonly VerificationFile[];
    };

/** Port of a benchmark family: one member for each of the catalog's ids that has packs. */
export interface Benchmark {
  readonly id: BenchmarkId;
  /** Installed packs, newest version last. Rejects only when the installation itself is broken. */
  packs(): Promise<readonly Pack[]>;
  /**
   * Prepares one trial of a task. `nonce` is 32 lower-case hex digits bound to the trial:
   * the same nonce gives the same files, another gives other answers.
   */
  materialise(task: Task, nonce: string): Promise<Materialised>;
  /** The reference solution's files, `solve.sh` among them; for pack checks only. */
  solution(task: Task): Promise<readonly ArchiveFile[]>;
  /** Judges a sealed sandbox. Never rejects for what the agent left behind; rejects with `unavailable` when the sandbox broke. */
  verify(task: Task, nonce: string, sandbox: SealedSandbox): Promise<Verification>;
}
