import type { CommandVerb } from '../../domain/command.ts';

/** Why a line that begins with the command word is not a command: enough to say how to put it right. */
export type CommandFault =
  | {
      readonly kind: 'unknown-verb';
      readonly written: string;
      readonly nearest: string | undefined;
      readonly valid: readonly string[];
    }
  | {
      readonly kind: 'unknown-option';
      readonly verb: CommandVerb;
      readonly written: string;
      readonly nearest: string | undefined;
      readonly valid: readonly string[];
    }
  | { readonly kind: 'repeated-option'; readonly verb: CommandVerb; readonly key: string }
  | { readonly kind: 'missing-argument'; readonly verb: CommandVerb; readonly key: string }
  /** A bare word too many; `belongsTo` is the option whose name was probably left out. */
  | {
      readonly kind: 'surplus-word';
      readonly verb: CommandVerb;
      readonly written: string;
      readonly belongsTo: string | undefined;
    }
  | {
      readonly kind: 'bad-value';
      readonly verb: CommandVerb;
      readonly key: string;
      readonly written: string;
      readonly expected: string;
      readonly nearest: string | undefined;
    }
  | { readonly kind: 'open-quote'; readonly verb: CommandVerb | undefined }
  /** Invisible characters that reorder text: what people see is not what would be run. */
  | { readonly kind: 'reordered-text' }
  | { readonly kind: 'line-too-long'; readonly length: number; readonly most: number }
  /** More commands in one comment than are read. */
  | { readonly kind: 'too-many-commands'; readonly found: number; readonly most: number }
  /** Markdown nested so deeply that reading it would take too long. */
  | { readonly kind: 'comment-too-complex' };
