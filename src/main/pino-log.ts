import { pino, type DestinationStream, type Logger } from 'pino';
import { ClawBenchError } from '../domain/errors.ts';
import type { Log, LogFields } from '../telemetry/log.ts';

/** Field names whose values never reach a log, at the top or one level down. */
const secretFields = ['token', 'secret', 'password', 'apiKey', 'privateKey', 'authorization', 'cookie'];

function serialise(fields: LogFields): LogFields {
  if (!('error' in fields)) return fields;
  const error = ClawBenchError.from(fields['error']);
  return {
    ...fields,
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint,
      stack: error.stack,
      cause: error.cause,
    },
  };
}

function adapt(logger: Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(serialise(fields), message),
    info: (message, fields = {}) => logger.info(serialise(fields), message),
    warn: (message, fields = {}) => logger.warn(serialise(fields), message),
    error: (message, fields = {}) => logger.error(serialise(fields), message),
    with: (fields) => adapt(logger.child(fields)),
  };
}

/** JSON lines on standard error (or `destination`), so that standard output stays what a command answers. */
export function createLog(
  level: 'debug' | 'info' | 'warn' | 'error',
  destination: DestinationStream = pino.destination(2),
): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return adapt(pino(options, destination));
}

/** A log that keeps nothing: for commands whose own output is what a person reads. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLog,
};
