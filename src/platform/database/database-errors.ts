const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';
const DISK_FULL = '53100';

/** Network codes and PostgreSQL classes that mean "no database just now". */
const UNAVAILABLE = /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|08.{3}|57P0[1-5]|53300)$/;
const UNAVAILABLE_TEXT =
  /Connection terminated|timeout exceeded when trying to connect|not queryable|server closed the connection|database connection/i;

/** The PostgreSQL or network error code behind an error, looking through the ORM's wrappers. */
export function databaseErrorCode(error: unknown): string | undefined {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause ?? (current as { previous?: unknown }).previous, depth++
  ) {
    const { code } = current as { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return undefined;
}

/** Whether the same transaction may succeed when run again. */
export function isRetryable(error: unknown): boolean {
  const code = databaseErrorCode(error);
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED;
}

/** Whether a unique index refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  return databaseErrorCode(error) === UNIQUE_VIOLATION;
}

/** Whether the database's disk is full. */
export function isDatabaseFull(error: unknown): boolean {
  return databaseErrorCode(error) === DISK_FULL;
}

/** Whether the database cannot be reached, restarts or has no connection left. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = databaseErrorCode(error);
  if (code !== undefined && UNAVAILABLE.test(code)) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  return UNAVAILABLE_TEXT.test(error.message);
}
