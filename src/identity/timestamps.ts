/**
 * Timestamps of accounts are whole seconds, in the database as on the wire: what a client has seen of a row then is
 * enough to ask for the rows behind it.
 */
export function wholeSecond(time = Date.now()): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}

/**
 * From when on tokens count where all former ones end. Tokens say in whole seconds when they were issued: those of the
 * second that is running end too, and new ones are dated to the next. Where tokens ended in this second already, new
 * ones were dated so, and end too.
 * @param before from when on tokens counted until now
 */
export function afterAllTokens(before: Date | null | undefined): Date {
  const ahead = wholeSecond(Date.now() + 1000);
  return before && before >= ahead ? wholeSecond(before.getTime() + 1000) : ahead;
}

/** Seconds since 1970. */
export function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
