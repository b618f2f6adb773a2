import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { PasswordChecksBusyError } from '../identity.errors.js';

/** Whoever is sent away at once and comes back at once comes a thousand times a second. */
const SENT_AWAY_MS = 1_000;

/** Lets some of the work be done at once, has some more wait, and sends away what comes beyond that. */
export class WaitingLine {
  private readonly limit: ReturnType<typeof pLimit>;

  /**
   * @param atOnce how much is under way at once
   * @param waiting how much may wait for that
   */
  constructor(
    atOnce: number,
    private readonly waiting: number,
  ) {
    this.limit = pLimit(atOnce);
  }

  /** Does the work when it is its turn. Throws `PasswordChecksBusyError`, after a second, where too much waits already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.limit.pendingCount >= this.waiting) {
      await sleep(SENT_AWAY_MS);
      throw new PasswordChecksBusyError();
    }
    return this.limit(work);
  }
}
