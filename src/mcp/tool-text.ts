import type { OperationOutput, ToolOperationName } from '../contract/operations.ts';

/** A result as a model reads it best: the text itself instead of JSON with escaped line ends. A tool without one does not compile. */
type ToolTexts = { readonly [Name in ToolOperationName]: (output: OperationOutput<Name>) => string };

export const toolTexts: ToolTexts = {
  exec(output) {
    const ending =
      output.ending === 'timed-out'
        ? `killed at its timeout after ${seconds(output.duration_ms)}`
        : `exit code ${output.exit_code} after ${seconds(output.duration_ms)}`;
    return [ending, section('stdout', output.stdout), section('stderr', output.stderr)]
      .filter((part) => part !== '')
      .join('\n');
  },
  read_file(output) {
    if (output.size === 0) return `${output.path} is empty`;
    const base64 = output.encoding === 'base64' ? `(not text; base64 of ${output.size} bytes in all)\n` : '';
    const more =
      output.next_offset === null
        ? ''
        : `\n[… ${output.size - output.next_offset} more bytes: read on with offset ${output.next_offset} …]`;
    return `${base64}${output.content}${more}`;
  },
  write_file(output) {
    return `wrote ${output.bytes_written} bytes to ${output.path}`;
  },
  submit_answer() {
    return 'The answer is accepted and final.';
  },
};

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function section(title: string, text: string): string {
  return text === '' ? '' : `--- ${title}\n${text}`;
}
