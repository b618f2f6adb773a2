import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../../jobs/index.js';
import { BEFORE_ALL_IDS } from '../imports/order-line.js';
import { OrderRevalidationRepository } from './order-revalidation.repository.js';
import { countOn, NO_COUNTS, type RevalidationCounts, revise, type StoredOrder } from './order-revision.js';
import { judgeOf, type JudgedOrder, type RuleSettings, type Verdict } from '../rules/order-rules.js';
import { OrderRulesService } from '../rules/order-rules.service.js';

export interface RevalidationPayload {
  /** Whether it only tells what would change. */
  readonly dryRun: boolean;
}

/** The rules and the date that all orders are judged by, and up to which order that has been done. */
export interface RevalidationCheckpoint {
  readonly rulesVersion: number;
  readonly settings: RuleSettings;
  /** The date that ages are reckoned at: that on which it began, whenever it ends. YYYY-MM-DD in UTC. */
  readonly today: string;
  /** How many orders there were when it began. */
  readonly total: number;
  /** Id of the last order that was looked at. */
  readonly after: number;
  readonly counts: RevalidationCounts;
}

/** What a re-validation found, and by which rules. */
export interface RevalidationResult extends RevalidationCounts {
  readonly rules_version: number;
}

/** Holds the orders that are stored against the rules of today. */
export const REVALIDATE_ORDERS = defineJob<RevalidationPayload, RevalidationResult>('orders.revalidate');

/** Orders that are held in memory, judged at a stretch and lost by a crash. */
const BATCH = 2000;

/** Walks over all orders by id; each batch is committed together with the place where the next one begins. */
@Injectable()
@JobHandler(REVALIDATE_ORDERS)
export class RevalidateOrdersJob implements HandlesJob<
  RevalidationPayload,
  RevalidationResult,
  RevalidationCheckpoint
> {
  constructor(
    private readonly rules: OrderRulesService,
    private readonly repository: OrderRevalidationRepository,
  ) {}

  /** Judges the orders that the checkpoint does not know of. */
  async run(job: JobRun<RevalidationPayload, RevalidationCheckpoint>): Promise<RevalidationResult> {
    let place = job.checkpoint ?? (await this.begin(job));
    const judge = judgeOf(place.settings, place.today);
    for (;;) {
      const orders = await this.repository.page(place.after, BATCH);
      if (orders.length === 0) return { ...place.counts, rules_version: place.rulesVersion };
      place = await this.judgeBatch(job, place, orders, judge);
    }
  }

  private async begin(
    job: JobRun<RevalidationPayload, RevalidationCheckpoint>,
  ): Promise<RevalidationCheckpoint> {
    const { version, settings } = await this.rules.current();
    const today = new Date().toISOString().slice(0, 10);
    const total = await this.repository.count();
    const place = { rulesVersion: version, settings, today, total, after: BEFORE_ALL_IDS, counts: NO_COUNTS };
    await job.commit(place, undefined, { current: 0, total, unit: 'orders' });
    return place;
  }

  /** Commits what changes in one batch and returns the checkpoint after it. */
  private async judgeBatch(
    job: JobRun<RevalidationPayload, RevalidationCheckpoint>,
    place: RevalidationCheckpoint,
    orders: readonly StoredOrder[],
    judge: (order: JudgedOrder) => Verdict,
  ): Promise<RevalidationCheckpoint> {
    const { dryRun } = job.payload;
    const revisions = orders.flatMap((order) => (order.autoValid ? [] : (revise(order, judge) ?? [])));
    const after = { ...place, after: orders.at(-1)!.id };
    const current = place.counts.checked + orders.length;
    // Which orders are as they were read is known once they are written; the checkpoint is written after that.
    const effects = async () => {
      const changed = dryRun ? revisions : await this.repository.apply(revisions);
      await this.repository.record(job, !dryRun, changed);
      after.counts = countOn(place.counts, orders, changed);
    };
    // Orders that came meanwhile are looked at too.
    await job.commit(after, effects, { current, total: Math.max(place.total, current) });
    return after;
  }
}
