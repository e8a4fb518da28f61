import { expect, test } from 'vitest';
import { ClawBenchError } from '../domain/errors.ts';
import { createLog } from './pino-log.ts';

function capture(write: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  write(createLog('info', { write: (line) => lines.push(line) }));
  return lines;
}

test('one JSON line each, with the fields of the log and of the call', () => {
  const [line = ''] = capture((log) => log.with({ runId: 'R1' }).info('run queued', { trials: 3 }));
  expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: 'run queued', runId: 'R1', trials: 3 });
});

test('secrets are censored wherever a field names them', () => {
  const lines = capture((log) =>
    log.warn('odd', { token: 'tok-1', request: { authorization: 'Bearer tok-2' } }),
  );
  expect(lines.join('')).not.toMatch(/tok-[12]/);
});

test('an error keeps its code and hint', () => {
  const error = new ClawBenchError('unavailable', 'no engine', { hint: 'start it' });
  const [line = ''] = capture((log) => log.error('failed', { error }));
  expect(JSON.parse(line)).toMatchObject({
    error: { code: 'unavailable', message: 'no engine', hint: 'start it' },
  });
});
