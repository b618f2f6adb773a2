import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { AuditLog } from '../../audit/index.js';
import { ANONYMOUS } from '../../platform/access/actor.js';

const WINDOW_SECONDS = 600;
/** Entries about one address within the window, and about all of them within a minute. */
const PER_ADDRESS = 10;
const PER_MINUTE = 60;

/** A sign-in by password that was refused. */
export interface RefusedSignIn {
  /** As it was typed. */
  readonly nickname: string;
  readonly address: string;
  /** Number of the account, where there is one. */
  readonly account: number | undefined;
  readonly reason: 'wrong-password' | 'disabled' | 'unknown-account';
}

/**
 * Writes refused sign-ins into the audit log. What was typed as a nickname is not written where no account has it: it
 * may well be a password. A flood of guesses is a few entries, each with the number of those that were left out: one
 * per name and address in ten minutes, and so many per address and for all. Known and unknown names are counted alike,
 * so that the time of an answer tells nothing.
 */
@Injectable()
export class SignInRefusals {
  private readonly pairs = new RateLimiterMemory({ points: 1, duration: WINDOW_SECONDS });
  private readonly addresses = new RateLimiterMemory({ points: PER_ADDRESS, duration: WINDOW_SECONDS });
  private readonly all = new RateLimiterMemory({ points: PER_MINUTE, duration: 60 });
  private leftOut = 0;

  constructor(private readonly audit: AuditLog) {}

  /** Records the refusal, unless there have been enough of its kind. */
  async note({ nickname, address, account, reason }: RefusedSignIn): Promise<void> {
    const pair = hash('sha256', `${address} ${nickname}`, 'base64url');
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
      action: 'user.sign-in-refused',
      subject: account === undefined ? 'user:unknown' : `user:${account}`,
      details: { address, reason, ...(leftOut > 0 && { leftOut }) },
    });
  }
}

async function admits(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  return (await limiter.penalty(key, 1)).consumedPoints <= limiter.points;
}
