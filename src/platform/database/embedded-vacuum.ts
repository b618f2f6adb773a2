import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PROCESS_ROLE, type ProcessRole } from '../process/process-role.js';
import { Database } from './database.js';

const INTERVAL_MS = 60_000;

/** PostgreSQL's own thresholds (autovacuum_vacuum_threshold and _scale_factor, autovacuum_analyze_…). */
const NEGLECTED_TABLES = `
  select format('%I.%I', schemaname, relname) as name, n_dead_tup > 50 + 0.2 * n_live_tup as dead
  from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup
  order by relname`;

/**
 * What autovacuum does for a server. The embedded database has no background processes: its tables would keep every
 * dead row for ever, and the planner would never learn what is in them.
 */
@Injectable()
export class EmbeddedVacuum implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(EmbeddedVacuum.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly database: Database,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.database.embedded || this.role === 'cli') return;
    this.timer = setInterval(() => {
      this.running ??= this.run()
        .catch((error: unknown) => this.logger.warn(`vacuum failed: ${(error as Error).message}`))
        .finally(() => (this.running = undefined));
    }, INTERVAL_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Vacuums and analyzes the tables that changed enough since the last time; others wait meanwhile. */
  async run(): Promise<void> {
    await this.database.query('select pg_stat_force_next_flush()'); // what is counted is else a minute old, or never told
    for (const { name, dead } of await this.database.query<{ name: string; dead: boolean }>(
      NEGLECTED_TABLES,
    )) {
      if (this.stopping) return;
      await this.database.execute(dead ? `vacuum (analyze) ${name}` : `analyze ${name}`);
    }
  }
}
