import { UnavailableError } from '../../platform/errors/domain-error.js';

/** The database is too busy to look through even a few rows. */
export class RowsTooSlowError extends UnavailableError {
  constructor() {
    super(
      'ROWS_TOO_SLOW',
      'Looking for these rows takes too long just now. Ask again later, or with fewer filters.',
    );
  }
}
