import { AsyncLocalStorage } from 'node:async_hooks';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { CompiledQuery } from 'kysely';
import type { Pool } from 'pg';
import { DatabaseConnection } from './database-connection.js';
import { isRetryable } from './database-errors.js';
import { prepareStatement } from './pooled-client.js';

interface OpenTransaction {
  readonly em: EntityManager;
  readonly afterCommit: (() => void)[];
  open: boolean;
}

/** Tries of a transaction that lost a deadlock or a serialisation race. */
const TRANSACTION_TRIES = 3;

/**
 * The database as the modules use it: transactions that join the one under way, plain SQL, prepared reads.
 *
 * One rule for callers: keep transactions short and never await the network inside one. On the embedded database
 * the transactions of all clients take turns.
 */
@Injectable()
export class Database {
  private readonly ambient = new AsyncLocalStorage<OpenTransaction>();
  private readonly logger = new Logger(Database.name);
  private pool: Pool | undefined;

  constructor(
    private readonly em: EntityManager,
    private readonly connection: DatabaseConnection,
  ) {}

  /** Whether the embedded database is behind it: no COPY, no NOTIFY, one session for all clients. */
  get embedded(): boolean {
    return this.connection.embedded;
  }

  /**
   * Runs `work` in a transaction and commits when it resolves. Inside another `transaction` it joins that one.
   * A transaction that lost a deadlock is run again, so `work` must have no effect outside the database.
   */
  async transaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    const outer = this.current();
    if (outer) return work(outer.em);
    for (let tries = 1; ; tries++) {
      const callbacks: (() => void)[] = [];
      try {
        const result = await this.em.fork().transactional(async (em) => {
          const transaction: OpenTransaction = { em, afterCommit: callbacks, open: true };
          try {
            return await this.ambient.run(transaction, () => work(em));
          } finally {
            transaction.open = false;
          }
        });
        this.ambient.exit(() => callbacks.forEach((callback) => this.runSafely(callback)));
        return result;
      } catch (error) {
        if (tries >= TRANSACTION_TRIES || !isRetryable(error)) throw error;
      }
    }
  }

  /** Runs `callback` once the transaction under way has committed; at once where there is none. */
  afterCommit(callback: () => void): void {
    const transaction = this.current();
    if (transaction) transaction.afterCommit.push(callback);
    else this.runSafely(callback);
  }

  /** An entity manager to read with: the transaction's own, or a fresh one. */
  reader(): EntityManager {
    return this.current()?.em ?? this.em.fork();
  }

  /** Runs SQL with `$1` parameters, in the transaction under way if there is one, and returns the rows. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.run(sql, parameters)).rows as Row[];
  }

  /** Runs SQL with `$1` parameters and returns how many rows it changed. */
  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return Number((await this.run(sql, parameters)).numAffectedRows ?? 0);
  }

  /**
   * Like `query`, for statements that are run all the time: PostgreSQL parses and plans them now and then, and
   * outside a transaction the ORM is left out, which saves a third of the CPU of a read. `name` stands for one text.
   */
  async prepared<Row>(name: string, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    prepareStatement(name, sql);
    if (this.current()) return this.query<Row>(sql, parameters);
    this.pool ??= await this.em.getConnection().getNativeClient();
    return (await this.pool.query(sql, [...parameters])).rows as Row[];
  }

  /**
   * Runs a statement whose result nobody needs. In a transaction it goes out with the next statement, or with the
   * commit, which then fails where it does: that spares the turn to the server and back. Otherwise like `prepared`.
   */
  async defer(name: string, sql: string, parameters: readonly unknown[]): Promise<void> {
    prepareStatement(name, sql, { deferrable: true });
    await this.run(sql, parameters);
  }

  /**
   * Adds rows to a table faster than any INSERT, on PostgreSQL only (see `embedded`).
   * @param target table and columns, as in `orders (id, name)`
   * @param rows in the text form of COPY: values between tabs, each row ended by a line feed, texts as `copyText` has them
   */
  async copy(target: string, rows: string | Buffer): Promise<void> {
    await this.run(`copy ${target} from stdin`, [rows]);
  }

  private run(sql: string, parameters: readonly unknown[]) {
    const transaction = this.current()?.em.getTransactionContext<{ executeQuery: ExecuteQuery }>();
    const executor = transaction ?? this.em.getConnection().getClient();
    return executor.executeQuery(CompiledQuery.raw(sql, [...parameters]));
  }

  private current(): OpenTransaction | undefined {
    const transaction = this.ambient.getStore();
    return transaction?.open ? transaction : undefined; // a timer started inside outlives the transaction
  }

  private runSafely(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.logger.error(error, 'a callback after commit failed');
    }
  }
}

type ExecuteQuery = (query: CompiledQuery) => Promise<{ rows: unknown[]; numAffectedRows?: bigint }>;
