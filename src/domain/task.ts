import type { NetworkPolicy } from './network-policy.ts';

/** Where a task's image comes from. */
export type TaskImage =
  | { readonly kind: 'prebuilt'; readonly reference: string }
  /** Built from the task's `environment/Dockerfile`; `contextDigest` names the result. */
  | { readonly kind: 'dockerfile'; readonly contextDigest: string };

/** What a task asks of its sandbox. */
export interface TaskEnvironment {
  readonly image: TaskImage;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly network: NetworkPolicy;
  readonly env: Readonly<Record<string, string>>;
  /** Directory commands run in; null means the image's own. */
  readonly workdir: string | null;
  /** User the agent's commands run as; null means the image's own. */
  readonly agentUser: string | null;
  readonly buildTimeoutMs: number;
}

/** One unit of a bench pack: instruction, environment, verifier. Without the files of its tests and solution. */
export interface Task {
  readonly id: string;
  /** `sha256:` over every file of the task. */
  readonly digest: string;
  readonly instruction: string;
  readonly title: string;
  readonly difficulty: string;
  readonly category: string;
  readonly agentTimeoutMs: number;
  readonly verifierTimeoutMs: number;
  readonly environment: TaskEnvironment;
  /** Path in the sandbox an answer is written to, for tasks that ask for one. */
  readonly answerPath: string | null;
}

/** A task that could not be loaded: the file, and the line and key where known, so that its author finds the fault. */
export interface TaskFault {
  readonly taskId: string;
  readonly file: string;
  readonly line: number | null;
  readonly key: string | null;
  readonly message: string;
}
