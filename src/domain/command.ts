import type { RunId } from './ids.ts';

/** What someone asked for in a comment, parsed and typed; names are not yet looked up. */
export type Command =
  | RunCommand
  | { readonly verb: 'status'; readonly runId: RunId | undefined }
  | { readonly verb: 'cancel'; readonly target: RunId | 'all' | undefined }
  | { readonly verb: 'help'; readonly about: string | undefined };

export interface RunCommand {
  readonly verb: 'run';
  readonly benchmark: string;
  readonly version: string | undefined;
  readonly agent: string | undefined;
  readonly model: string | undefined;
  /** Task ids or globs; empty means all. */
  readonly tasks: readonly string[];
  readonly trials: number | undefined;
  /** Money for the whole run, in millionths of a dollar. */
  readonly budget: number | undefined;
  /** Wall-clock milliseconds of one trial's agent phase. */
  readonly timeoutMs: number | undefined;
}

export type CommandVerb = Command['verb'];
