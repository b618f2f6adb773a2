import { Injectable, type BeforeApplicationShutdown, type MessageEvent } from '@nestjs/common';
import { Observable, type Subscriber } from 'rxjs';
import { Database } from '../platform/database/database.js';
import { Job } from './job.entity.js';
import { jobResponse } from './job-response.js';

const LOOK_MS = 300;
/** Proxies close connections that say nothing. */
const HEARTBEAT_MS = 15_000;

interface Follower {
  readonly subscriber: Subscriber<MessageEvent>;
  readonly show: (job: Job) => object;
  seen: number;
  spokeAt: number;
}

/** Streams what becomes of jobs. One look at the database serves all followers of this process. */
@Injectable()
export class JobEvents implements BeforeApplicationShutdown {
  private readonly followers = new Map<string, Set<Follower>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {}

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    for (const followers of this.followers.values())
      for (const { subscriber } of followers) subscriber.complete();
  }

  /**
   * The job now, at each change, and at its end, after which the stream completes.
   * @param show what is told of it
   */
  follow(job: Job, show: (job: Job) => object = jobResponse): Observable<MessageEvent> {
    return new Observable((subscriber) => {
      const follower: Follower = { subscriber, show, seen: 0, spokeAt: 0 };
      this.tell(follower, job);
      if (job.terminal) return undefined;
      const followers = this.followers.get(job.id) ?? new Set();
      this.followers.set(job.id, followers.add(follower));
      this.timer ??= setInterval(() => void this.look(), LOOK_MS);
      return () => {
        followers.delete(follower);
        if (followers.size === 0) this.followers.delete(job.id);
        if (this.followers.size > 0) return;
        clearInterval(this.timer);
        this.timer = undefined;
      };
    });
  }

  private async look(): Promise<void> {
    const jobs = await this.database
      .reader()
      .find(Job, { id: { $in: [...this.followers.keys()] } })
      .catch(() => []); // the database is away: the next look may tell more
    for (const job of jobs) for (const follower of this.followers.get(job.id) ?? []) this.tell(follower, job);
    const now = Date.now();
    for (const follower of [...this.followers.values()].flatMap((set) => [...set])) {
      if (now - follower.spokeAt < HEARTBEAT_MS) continue;
      follower.spokeAt = now;
      follower.subscriber.next({ type: 'heartbeat', data: {} });
    }
  }

  private tell(follower: Follower, job: Job): void {
    const changed = job.updatedAt.getTime();
    if (changed > follower.seen || job.terminal) {
      follower.seen = changed;
      follower.spokeAt = Date.now();
      follower.subscriber.next({ type: job.terminal ? 'end' : 'progress', data: follower.show(job) });
    }
    if (job.terminal) follower.subscriber.complete();
  }
}
