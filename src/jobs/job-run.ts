import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Database } from '../platform/database/database.js';
import { isDatabaseUnavailable } from '../platform/database/database-errors.js';
import type { ExternalEffectRecord, JobProgress } from './job.entity.js';
import type { ClaimedJob, FruitlessTries, JobStore } from './job-store.js';
import { JobInterruption, OutcomeUnknownError, type InterruptionReason } from './jobs.errors.js';
import { storableText } from '../platform/database/storable-json.js';

const RETRY_WRITE_MS = 500;

/** An effect outside the database. */
export interface ExternalEffect<Outcome> {
  /** Does it. Its signal does not tell of a shutdown: what was begun may end. */
  perform: (signal: AbortSignal) => Promise<Outcome>;
  /** Finds out whether an earlier try did it, where the other side can tell; nothing means it did not. */
  lookup?: (signal: AbortSignal) => Promise<Outcome | undefined>;
}

/** One attempt at a job, as its handler sees it. */
export class JobRun<Payload = unknown, Checkpoint = unknown> {
  private readonly controller = new AbortController();
  private readonly effectController = new AbortController();
  private pending: Partial<JobProgress> | undefined;
  private lastCommit = Date.now();
  private current: Checkpoint | null;
  private effects: Record<string, ExternalEffectRecord>;
  private tries: FruitlessTries;

  constructor(
    private readonly claimed: ClaimedJob,
    private readonly database: Database,
    private readonly store: JobStore,
  ) {
    this.current = claimed.checkpoint as Checkpoint | null;
    this.effects = claimed.effects ?? {};
    this.tries = claimed;
  }

  get id(): string {
    return this.claimed.id;
  }
  get kind(): string {
    return this.claimed.kind;
  }
  get payload(): Payload {
    return this.claimed.payload as Payload;
  }
  /** The user who started it, if a user did. */
  get owner(): string | null {
    return this.claimed.owner;
  }
  /** The request that started it. */
  get requestId(): string | null {
    return this.claimed.requestId;
  }
  /** Number of this attempt, from 1: the fencing token of every write. */
  get attempt(): number {
    return this.claimed.attempt;
  }
  /** What the last commit left, also of an earlier attempt; null where nothing was committed yet. */
  get checkpoint(): Checkpoint | null {
    return this.current;
  }
  /** Aborted when the job is cancelled, taken over, hung or its process closes. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }
  /** Times that the handler threw since the job last moved on. */
  get failures(): number {
    return this.tries.failures;
  }
  /** Whether its process died and the job has not moved on since: it may be what killed it. */
  get suspect(): boolean {
    return this.tries.crashes > 0;
  }
  /** Milliseconds since the last commit. */
  get idleMs(): number {
    return Date.now() - this.lastCommit;
  }

  /**
   * Commits effects in the database together with the checkpoint that knows of them, in one transaction, and only if
   * this attempt still owns the job: whatever crashes when, each commit happens once.
   * Throws `JobInterruption` when the job was cancelled or taken over; let it pass.
   */
  async commit(
    checkpoint: Checkpoint,
    effects?: (em: EntityManager) => Promise<void>,
    progress?: Partial<JobProgress>,
  ): Promise<void> {
    this.throwIfInterrupted();
    if (progress) this.progress(progress);
    const pending = this.takeProgress() ?? {};
    this.tries = await this.database.transaction(async (em) => {
      await effects?.(em);
      const tries = await this.store.saveCheckpoint(this.claimed, checkpoint, pending);
      if (!tries) throw this.interrupt('lost');
      return tries;
    });
    this.current = checkpoint;
    this.lastCommit = Date.now();
  }

  /** Says how far the job is, in whole units; written within half a second, or with the next commit. */
  progress(progress: Partial<JobProgress>): void {
    const { current, total, unit, message } = progress;
    this.pending = {
      ...this.pending,
      ...(Number.isFinite(current) && { current: Math.round(current!) }),
      ...(Number.isFinite(total) && { total: Math.round(total!) }),
      ...(unit && { unit: storableText(unit) }),
      ...(message && { message: storableText(message) }),
    };
  }

  /**
   * Does something outside the database at most once. The intent is written first. Where a retry finds an intent
   * without an outcome it asks `lookup`; without one the outcome is unknown, and so ends the job.
   */
  async external<Outcome>(key: string, effect: ExternalEffect<Outcome>): Promise<Outcome> {
    this.throwIfInterrupted();
    const known = this.effects[key];
    if (known?.done) return known.outcome as Outcome;
    if (known) {
      if (!effect.lookup) throw new OutcomeUnknownError(key);
      const found = await effect.lookup(this.signal);
      if (found !== undefined) return this.record(key, known, found);
    }
    const intent: ExternalEffectRecord = { intendedAt: new Date().toISOString() };
    await this.saveEffect(key, intent);
    let outcome: Outcome;
    try {
      outcome = await effect.perform(this.effectController.signal);
    } catch (error) {
      // Stopped half-way it may have happened: the intent stays. Otherwise it failed under our eyes, and a retry may try again.
      if (!this.effectController.signal.aborted) await this.saveEffect(key, undefined);
      throw error;
    }
    return this.record(key, intent, outcome);
  }

  /** Throws `JobInterruption` when the handler should stop. */
  throwIfInterrupted(): void {
    if (this.signal.aborted) throw this.signal.reason;
  }

  /** Asks the handler to stop. For the runner. */
  interrupt(reason: InterruptionReason): JobInterruption {
    const interruption = new JobInterruption(reason);
    if (!this.signal.aborted) this.controller.abort(interruption);
    if (reason !== 'shutdown') this.effectController.abort(interruption);
    return this.signal.reason as JobInterruption;
  }

  /** Takes the progress that waits to be written. For the runner. */
  takeProgress(): Partial<JobProgress> | undefined {
    const taken = this.pending;
    this.pending = undefined;
    return taken;
  }

  private async record<Outcome>(
    key: string,
    intent: ExternalEffectRecord,
    outcome: Outcome,
  ): Promise<Outcome> {
    for (;;) {
      try {
        await this.saveEffect(key, { ...intent, outcome: outcome ?? null, done: true });
        return outcome;
      } catch (error) {
        // It has happened. What we know of it must not be lost because the database is away for a moment.
        if (!isDatabaseUnavailable(error) || this.signal.aborted) throw error;
        await sleep(RETRY_WRITE_MS);
      }
    }
  }

  private async saveEffect(key: string, effect: ExternalEffectRecord | undefined): Promise<void> {
    if (!(await this.store.saveEffect(this.claimed, key, effect))) throw this.interrupt('lost');
    const { [key]: _, ...others } = this.effects;
    this.effects = effect ? { ...others, [key]: effect } : others;
    this.lastCommit = Date.now();
  }
}
