import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Database } from '../platform/database/database.js';

/** What is noted within this time is written at once. */
const COLLECT_MS = 1_000;

/** Keeps the time when a user was last seen, to the minute, away from the requests that show him. */
@Injectable()
export class LastSeen implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LastSeen.name);
  private readonly ids = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly database: Database) {}

  /** The user was here just now. */
  note(id: number): void {
    this.ids.add(id);
    this.timer ??= setTimeout(
      () => void (this.writing = this.writing.then(() => this.write())),
      COLLECT_MS,
    ).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.writing;
    if (this.ids.size > 0) await this.write();
  }

  private async write(): Promise<void> {
    const ids = [...this.ids];
    this.ids.clear();
    this.timer = undefined;
    try {
      await this.database.execute(
        `update "user" set last_seen_at = date_trunc('second', now())
         where id = any($1::int[]) and last_seen_at < now() - interval '1 minute'`,
        [ids],
      );
    } catch (error) {
      this.logger.debug(`when users were seen was not written: ${(error as Error).message}`);
    }
  }
}
