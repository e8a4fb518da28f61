/** Structured facts of a log line; ids under their domain names (`runId`, `trialId`, `deliveryId`, `thread`), never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Logging: a static message and the data in fields. Implemented by pino in `src/main`, by an array in tests. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line also carries `fields`. */
  with(fields: LogFields): Log;
}
