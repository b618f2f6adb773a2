import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { AuditLog } from '../../audit/index.js';
import { ANONYMOUS } from '../../platform/access/actor.js';

const WINDOW_SECONDS = 600;
/** Entries about one address within the window, and about all of them within a minute. */
const PER_ADDRESS = 10;
const PER_MINUTE = 60;

/** A sign-in by password, or by the secret of a client, that was refused. */
export interface RefusedLogin {
  readonly action: 'user.sign-in-refused' | 'client.sign-in-refused';
  /** Whose account or client it is, like `user:7`; `user:unknown` where there is none. */
  readonly subject: string;
  /** What the throttle counts by: the name as it was typed. It is not written down. */
  readonly name: string;
  readonly address: string;
  readonly reason: 'wrong-password' | 'wrong-secret' | 'disabled' | 'unknown-account' | 'unknown-client';
}

/**
 * Writes refused sign-ins into the audit log. What was typed as a name is not written where nobody has it: it may well
 * be a password. A flood of guesses is a few entries, each with the number of those that were left out: one
 * per name and address in ten minutes, and so many per address and for all. Known and unknown names are counted alike,
 * so that the time of an answer tells nothing.
 */
@Injectable()
export class LoginRefusals {
  private readonly pairs = new RateLimiterMemory({ points: 1, duration: WINDOW_SECONDS });
  private readonly addresses = new RateLimiterMemory({ points: PER_ADDRESS, duration: WINDOW_SECONDS });
  private readonly all = new RateLimiterMemory({ points: PER_MINUTE, duration: 60 });
  private leftOut = 0;

  constructor(private readonly audit: AuditLog) {}

  /** Records the refusal, unless there have been enough of its kind. */
  async note({ action, subject, name, address, reason }: RefusedLogin): Promise<void> {
    const pair = hash('sha256', `${address} ${name}`, 'base64url');
    const admitted =
      (await admits(this.pairs, pair)) &&
      (await admits(this.addresses, address)) &&
      (await admits(this.all, 'all'));
    if (!admitted) {
      this.leftOut++;
      return;
    }
    const leftOut = this.leftOut;
    this.leftOut = 0;
    await this.audit.record({
      actor: { userid: ANONYMOUS },
      action,
      subject,
      details: { address, reason, ...(leftOut > 0 && { leftOut }) },
    });
  }
}

async function admits(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  return (await limiter.penalty(key, 1)).consumedPoints <= limiter.points;
}
