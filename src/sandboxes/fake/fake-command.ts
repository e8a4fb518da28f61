import type { FakeFiles } from './fake-files.ts';

/** One command a session was asked to run, as the scripted interpreter sees it. */
export interface FakeCommand {
  readonly command: string;
  /** The sandbox's files: read and change them as the command would. */
  readonly files: FakeFiles;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: 'agent' | 'root';
  readonly stdin: Uint8Array;
  /** Aborted when the command is ended from outside. */
  readonly signal: AbortSignal;
  /** Output while the command runs. */
  readonly write: (stream: 'stdout' | 'stderr', data: string | Uint8Array) => void;
}

/** How the scripted command ended; its output comes after what `write` was given. */
export interface FakeOutcome {
  readonly exitCode: number;
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string | Uint8Array;
}

export type FakeInterpreter = (command: FakeCommand) => FakeOutcome | Promise<FakeOutcome>;

/** Trouble to play; change the fields while a test runs. */
export interface FakeFaults {
  /** The provider answers nothing: preflight says so, create rejects with `unavailable`. */
  start?: 'unavailable' | undefined;
  /** `unavailable`: the sandbox breaks in every call; `hang`: commands end by timeout or abort only. */
  exec?: 'unavailable' | 'hang' | undefined;
  seal?: 'unavailable' | undefined;
}
