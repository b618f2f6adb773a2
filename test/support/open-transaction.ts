import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/**
 * A transaction of somebody else that is under way: it holds its locks until it is told to commit. So a test decides
 * what comes first.
 */
export class OpenTransaction {
  private constructor(private readonly client: pg.Client) {}

  /** Begins one on a database of PostgreSQL and runs the statements in it. */
  static async begin(url: string, ...statements: string[]): Promise<OpenTransaction> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
    return new OpenTransaction(client);
  }

  /**
   * Commits when somebody waits for its locks, and returns what he answers then. Where he answers without waiting, it
   * commits after that.
   * @param meanwhile is done while he waits
   */
  async runInto<T>(request: Promise<T>, meanwhile?: () => Promise<unknown>): Promise<T> {
    let answered = false;
    const done = request.finally(() => (answered = true));
    done.catch(() => undefined); // the caller sees it below
    try {
      while (!answered && !(await this.isWaitedFor())) await sleep(5);
      await meanwhile?.();
    } finally {
      await this.client.query('commit');
      await this.client.end();
    }
    return done;
  }

  private async isWaitedFor(): Promise<boolean> {
    const { rowCount } = await this.client.query(
      'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
    );
    return (rowCount ?? 0) > 0;
  }
}
