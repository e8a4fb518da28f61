import { ClawBenchError, type ErrorCode } from '../../domain/errors.ts';

/** What to do when no engine answers. */
export const engineHint =
  'Start Docker (`sudo systemctl start docker`, or `sudo apt-get install docker.io` where it is missing) and make sure this user may use its socket (`sudo usermod -aG docker $USER`, then log in again).';

/** Thrown inside an engine call when its deadline passed. */
export class EngineDeadline extends Error {
  override readonly name = 'EngineDeadline';
}

/** HTTP status of an Engine API answer that was an error, or null when there was no answer. */
export function statusOf(thrown: unknown): number | null {
  const status = field(thrown, 'statusCode');
  return typeof status === 'number' ? status : null;
}

/** True when the connection broke without an answer, as happens with a kept-alive connection the engine closed. */
export function isBrokenConnection(thrown: unknown): boolean {
  const code = field(thrown, 'code');
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/**
 * The Engine's trouble in our words.
 * @param doing what was attempted, for example "start the sandbox".
 */
export function engineError(doing: string, thrown: unknown): ClawBenchError {
  if (thrown instanceof ClawBenchError) return thrown;
  const status = statusOf(thrown);
  if (status !== null)
    return new ClawBenchError(codeOf(status), `could not ${doing}: ${engineMessage(thrown)}`, {
      cause: thrown,
    });
  if (thrown instanceof EngineDeadline)
    return new ClawBenchError('unavailable', `could not ${doing}: ${thrown.message}`, {
      hint: 'The Docker Engine is overloaded or stuck: look at `docker info` and `journalctl -u docker`.',
      cause: thrown,
    });
  return new ClawBenchError('unavailable', `could not ${doing}: ${connectionTrouble(thrown)}`, {
    hint: engineHint,
    cause: thrown,
  });
}

function codeOf(status: number): ErrorCode {
  if (status === 404) return 'not-found';
  if (status === 409) return 'conflict';
  return status >= 500 ? 'unavailable' : 'invalid-input';
}

/** The Engine's own sentence, without the client library's frame around it. */
function engineMessage(thrown: unknown): string {
  const answer = field(field(thrown, 'json'), 'message');
  const text = typeof answer === 'string' ? answer : messageOf(thrown);
  return text.trim().slice(0, 1_000);
}

function connectionTrouble(thrown: unknown): string {
  switch (field(thrown, 'code')) {
    case 'ENOENT':
      return 'there is no Docker Engine socket';
    case 'EACCES':
      return 'this user may not use the Docker Engine socket';
    case 'ECONNREFUSED':
      return 'the Docker Engine is not running';
    default:
      return `the connection to the Docker Engine broke (${messageOf(thrown)})`;
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
