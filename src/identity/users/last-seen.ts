import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';

/** What is noted within this time is written at once. */
const COLLECT_MS = 1_000;

/** Keeps the time when a user and an API key were last seen, to the minute, away from the requests that show them. */
@Injectable()
export class LastSeen implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LastSeen.name);
  private readonly users = new Set<number>();
  private readonly keys = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly database: Database) {}

  /** The caller was here just now. */
  note({ id, credential }: Actor): void {
    if (id === 0) return; // no account: a program
    this.users.add(id);
    if (credential.kind === 'api-key') this.keys.add(Number(credential.id));
    this.timer ??= setTimeout(
      () => void (this.writing = this.writing.then(() => this.write())),
      COLLECT_MS,
    ).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.writing;
    if (this.users.size > 0) await this.write();
  }

  private async write(): Promise<void> {
    const [users, keys] = [[...this.users], [...this.keys]];
    this.users.clear();
    this.keys.clear();
    this.timer = undefined;
    try {
      await this.database.execute(
        `update "user" set last_seen_at = date_trunc('second', now())
         where id = any($1::int[]) and last_seen_at < now() - interval '1 minute'`,
        [users],
      );
      if (keys.length === 0) return;
      await this.database.execute(
        `update api_key set last_used_at = date_trunc('second', now())
         where id = any($1::int[]) and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
        [keys],
      );
    } catch (error) {
      this.logger.debug(`when users and keys were seen was not written: ${(error as Error).message}`);
    }
  }
}
