import { expect, test } from 'vitest';
import { ClawBenchError } from '../../domain/errors.ts';
import { databaseError } from './database-errors.ts';

const driverError = (code: string): Error => Object.assign(new Error(`driver says ${code}`), { code });

test.each([
  ['SQLITE_CONSTRAINT_UNIQUE', 'conflict', false],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'conflict', false],
  ['23505', 'conflict', false],
  ['SQLITE_CONSTRAINT_FOREIGNKEY', 'not-found', false],
  ['23503', 'not-found', false],
  ['SQLITE_FULL', 'unavailable', true],
  ['SQLITE_BUSY_SNAPSHOT', 'unavailable', true],
  ['SQLITE_CORRUPT', 'unavailable', true],
  ['SQLITE_IOERR_WRITE', 'unavailable', true],
  ['40P01', 'unavailable', true],
  ['57014', 'unavailable', true],
  ['57P01', 'unavailable', true],
  ['53300', 'unavailable', true],
  ['08006', 'unavailable', true],
  ['28P01', 'unavailable', true],
  ['3D000', 'unavailable', true],
  ['42P01', 'unavailable', true],
  ['ECONNREFUSED', 'unavailable', true],
  ['EPIPE', 'unavailable', true],
  ['SQLITE_ERROR', 'internal', false],
  ['42601', 'internal', false],
])('%s is %s', (code, meaning, retryable) => {
  const error = databaseError(driverError(code));
  expect(error).toMatchObject({ code: meaning, retryable, hint: expect.any(String) });
  expect(error.message).toContain(code);
  expect(error.message).not.toContain('driver says');
});

test('our own errors pass, a broken connection without a code is unavailable, a fault of ours is internal', () => {
  const lost = new ClawBenchError('lease-lost', 'over');
  expect(databaseError(lost)).toBe(lost);
  expect(databaseError(new Error('Connection terminated unexpectedly'))).toMatchObject({
    code: 'unavailable',
    retryable: true,
  });
  expect(databaseError(new TypeError('x is not a function'))).toMatchObject({ code: 'internal' });
});
