/** One thing a machine needs before ClawBench can work. */
export interface SetupStep {
  /** What it is, as a person would say it: `a Docker Engine`. */
  readonly title: string;
  /** Whether the machine has it already. Changes nothing. */
  check(): Promise<StepState>;
  /** Puts it in place; `say` gets one progress line at a time. Rejects with a StepFailure that says what to do. */
  apply(say: (line: string) => void): Promise<void>;
  /** Takes back what {@link apply} did, where that is safe. */
  undo(say: (line: string) => void): Promise<void>;
}

/** `missing` says what would be done about it, so that a person can agree first. */
export type StepState =
  | { readonly kind: 'present' }
  | { readonly kind: 'missing'; readonly plan: string; readonly asksFirst: boolean };

/** A step that cannot be done here: what is missing, and the exact command for it. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly command: string;

  constructor(message: string, command: string, cause?: unknown) {
    super(message, { cause });
    this.command = command;
  }
}
