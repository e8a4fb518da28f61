/** Where a command writes; `columns` is undefined when the width is not known. */
export interface CliStream {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

/** A command that works in this process instead of asking the service. */
export interface LocalCommand {
  /** What it does, for the list of commands: a phrase without a capital or a full stop. */
  readonly summary: string;
  /** What follows the name, for example `<benchmark> [--yes]`. */
  readonly usage: string;
  /** Lines about its options, for `--help`. */
  readonly help: readonly string[];
  /** Resolves to the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** All that the terminal's view needs of the process it runs in. */
export interface CliOptions {
  readonly stdout: CliStream;
  readonly stderr: CliStream;
  readonly service: { readonly url: string; readonly token: string | null };
  /** By name; a name may have two words (`pack check`). */
  readonly local: Readonly<Record<string, LocalCommand>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A fresh id for each request to run, so that a repeated request makes one run. */
  readonly newRequestKey: () => string;
  /** Aborted when the user interrupts; runs go on without their watcher. */
  readonly interrupted: AbortSignal;
}

/** What an exit code says. */
export const exitCodes = { passed: 0, failed: 1, usage: 2, infrastructure: 3 } as const;

/** Why a command could not do its work: what happened, and what to do next. */
export interface CliFailure {
  readonly exitCode: 2 | 3;
  readonly message: string;
  readonly hint: string | null;
}

export type CliAnswer<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly failure: CliFailure };
