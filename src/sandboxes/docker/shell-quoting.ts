import { ClawBenchError } from '../../domain/errors.ts';

/**
 * The text as one word on one line in the `$'…'` form of busybox ash, which every byte but NUL survives.
 * @throws ClawBenchError `invalid-input` when the text has a NUL.
 */
export function quoteForTools(text: string): string {
  if (text.includes('\0'))
    throw new ClawBenchError('invalid-input', 'a NUL character cannot be passed to a command');
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n');
  return `$'${escaped}'`;
}
