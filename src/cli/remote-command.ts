import type { CliOptions } from './cli-options.ts';
import type { ServiceClient } from './service-client.ts';

/** An option of a command, as `node:util` parses it and as help shows it. */
export interface CliFlag {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** Name of its value in help; absent for switches. */
  readonly value?: string;
  readonly help: string;
}

/** The parsed words of a command line. */
export interface CliInput {
  readonly words: readonly string[];
  text(flag: string): string | undefined;
  texts(flag: string): readonly string[];
  has(flag: string): boolean;
}

/** A command that is a client of the service. */
export interface RemoteCommand {
  readonly summary: string;
  readonly usage: string;
  readonly flags: Readonly<Record<string, CliFlag>>;
  /** How many words follow the command's name. */
  readonly words: 0 | 1;
  /** Resolves to the exit code. */
  run(input: CliInput, client: ServiceClient, options: CliOptions): Promise<number>;
}
