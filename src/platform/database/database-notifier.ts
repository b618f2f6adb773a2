import { EventEmitter } from 'node:events';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import pg from 'pg';
import { Database } from './database.js';
import { PROCESS_ROLE, type ProcessRole } from '../process/process-role.js';
import { DatabaseConnection } from './database-connection.js';

const RECONNECT_MS = 500;
/**
 * A first notification goes out at once, those within this time after it together: NOTIFY is a commit of its own and
 * takes a lock of the whole database.
 */
const COALESCE_MS = 10;
const CHANNEL = 'signalbox';

/**
 * Hints between processes over LISTEN/NOTIFY, and within the process. A hint says "look"; it may be lost, so whoever
 * listens also looks by itself now and then. The embedded database delivers none: there it stays in the process.
 */
@Injectable()
export class DatabaseNotifier implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DatabaseNotifier.name);
  private readonly local = new EventEmitter().setMaxListeners(0);
  private readonly pending = new Set<string>();
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly connection: DatabaseConnection,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  /** Whether hints of other processes arrive at the moment. */
  get connected(): boolean {
    return this.client !== undefined;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.connection.embedded && this.role !== 'cli') await this.listen();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    if (this.pending.size > 0) await this.send();
    await this.client?.end().catch(() => undefined);
  }

  /** Tells this process at once, and the others within a few milliseconds, that `topic` has news. */
  notify(topic: string): void {
    this.local.emit(topic);
    if (this.connection.embedded || this.stopped) return;
    this.pending.add(topic);
    if (this.timer === undefined) void this.send();
  }

  /** Calls `listener` on news of `topic`, and after each reconnect, when news may have been missed. */
  on(topic: string, listener: () => void): void {
    this.local.on(topic, listener);
  }

  off(topic: string, listener: () => void): void {
    this.local.off(topic, listener);
  }

  private async send(): Promise<void> {
    const topics = [...this.pending];
    this.pending.clear();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.pending.size > 0) void this.send();
    }, COALESCE_MS).unref();
    try {
      await this.database.query('select pg_notify($1, topic) from unnest($2::text[]) as topic', [
        CHANNEL,
        topics,
      ]);
    } catch (error) {
      this.logger.debug(`a notification was not sent: ${(error as Error).message}`);
    }
  }

  private async listen(): Promise<void> {
    if (this.stopped) return;
    const client = new pg.Client({
      ...this.connection.settings,
      keepAlive: true,
      application_name: 'signalbox listener',
    });
    const lost = (error?: Error) => {
      if (this.client === client) this.client = undefined;
      client.removeAllListeners('end');
      void client.end().catch(() => undefined);
      if (this.stopped) return;
      if (error) this.logger.warn(`listening to the database stopped: ${error.message}`);
      setTimeout(() => void this.listen(), RECONNECT_MS).unref();
    };
    client.on('error', lost);
    client.on('end', () => lost());
    client.on('notification', ({ payload }) => payload && this.local.emit(payload));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.client = client;
      for (const topic of this.local.eventNames()) this.local.emit(topic);
    } catch (error) {
      client.removeListener('error', lost);
      client.on('error', () => undefined);
      lost(error as Error);
    }
  }
}
