import { ClawBenchError, type ErrorCode } from '../../domain/errors.ts';

/** What a driver's own code (SQLite's name, PostgreSQL's SQLSTATE, or the system's) means to a caller. First match counts. */
const meanings: readonly (readonly [RegExp, ErrorCode, string, string])[] = [
  [
    /^(SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)|23505)$/,
    'conflict',
    'the database already has a row with this key',
    'Read the existing row before writing another.',
  ],
  [
    /^(SQLITE_CONSTRAINT_FOREIGNKEY|23503)$/,
    'not-found',
    'the run or trial this row belongs to does not exist',
    'Check the id.',
  ],
  [
    /^(SQLITE_FULL|53100|ENOSPC)$/,
    'unavailable',
    'the database has no disk space left',
    'Free space on the disk that holds the database.',
  ],
  [
    /^(SQLITE_(BUSY|LOCKED|PROTOCOL)\w*|40001|40P01|55P03|57014)$/,
    'unavailable',
    'the database was held by others for too long',
    'Try again; if it stays so, look for a process that holds a transaction open.',
  ],
  [
    /^(SQLITE_(CANTOPEN|NOTADB|CORRUPT|READONLY|IOERR|PERM|AUTH)\w*)$/,
    'unavailable',
    'the database file cannot be used',
    'Check that the path exists, is a ClawBench database and is writable, then start again.',
  ],
  [
    /^(28\w{3}|3D000)$/,
    'unavailable',
    'PostgreSQL refuses the connection',
    'Check user, password and database name in DATABASE_URL.',
  ],
  [
    /^(42P01|42703)$/,
    'unavailable',
    'the database has not the tables this version needs',
    'Run "clawbench migrate".',
  ],
  [
    /^(08\w{3}|53\w{3}|57P\w{2}|58\w{3}|25P\w{2}|25006|E[A-Z]{2,})$/,
    'unavailable',
    'the database does not answer',
    'Check that the database server runs and can be reached from here.',
  ],
  [/^(SQLITE_\w+|[0-9A-Z]{5})$/, 'internal', 'the database refused a statement', 'Report this as a fault.'],
];

/** Whatever a database driver threw, as a ClawBenchError; a driver's own error never leaves this folder except as `cause`. */
export function databaseError(thrown: unknown): ClawBenchError {
  if (thrown instanceof ClawBenchError) return thrown;
  const code = codeOf(thrown);
  const meaning = meanings.find(([pattern]) => pattern.test(code));
  if (meaning) {
    const [, errorCode, message, hint] = meaning;
    return new ClawBenchError(errorCode, `${message} (${code})`, { hint, cause: thrown });
  }
  // A driver's time limits and broken connections come without a code; a TypeError is a fault of ours.
  return thrown instanceof TypeError
    ? ClawBenchError.from(thrown)
    : new ClawBenchError('unavailable', 'the database does not answer', {
        hint: 'Check that the database runs and can be reached from here.',
        cause: thrown,
      });
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
