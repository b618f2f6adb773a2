import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';

const FREE_TRIES = 5;

/**
 * Counts failures per key over a window and holds the key back after the fifth: by a second, then two, four, and so
 * on. All times are in milliseconds unless they say otherwise.
 */
export class FailureCounter {
  /**
   * @param failures counts, for the length of the window
   * @param gate lets one try pass, then is closed for as long as it was told
   * @param longestWait in seconds
   */
  constructor(
    private readonly failures: RateLimiterAbstract,
    private readonly gate: RateLimiterAbstract,
    private readonly longestWait: number,
  ) {}

  /** How long the key is held back. */
  async closedFor(key: string): Promise<number> {
    return Math.max((await this.gate.get(key))?.msBeforeNext ?? 0, 0);
  }

  /** Counts a failure in advance. Returns 0 where the try may go on, else how long to wait. */
  async count(key: string): Promise<number> {
    const { consumedPoints } = await this.failures.penalty(key, 1);
    if (consumedPoints < FREE_TRIES) return 0;
    try {
      const wait = Math.min(2 ** (consumedPoints - FREE_TRIES), this.longestWait);
      await this.gate.consume(key, 1, { customDuration: wait });
      return 0;
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal;
      return Math.max((refusal as RateLimiterRes).msBeforeNext, 1);
    }
  }

  /** Takes a failure back that was counted in advance. */
  async takeBack(key: string): Promise<void> {
    await this.failures.reward(key, 1);
  }

  /** Forgets the key's failures and holds it back no longer. */
  async forget(key: string): Promise<void> {
    await Promise.all([this.failures.delete(key), this.gate.delete(key)]);
  }
}
