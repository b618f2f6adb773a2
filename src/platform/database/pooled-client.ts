import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** The driver's own conversion of a parameter to what goes over the wire. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => unknown } }).utils;

interface Statement {
  readonly name: string;
  /** Nobody needs its result, so that in a transaction it can wait for the next statement. */
  readonly deferrable: boolean;
}

/** The statements that are worth preparing, by their text. */
const statements = new Map<string, Statement>();

/** Has the connections prepare this text under this name, once each. A name stands for one text only. */
export function prepareStatement(name: string, text: string, { deferrable = false } = {}): void {
  if (statements.has(text)) return;
  const taken = [...statements.values()].some((statement) => statement.name === name);
  if (taken) throw new Error(`two statements are named ${name}`);
  statements.set(text, { name, deferrable });
}

/**
 * Gives a connection back that is made while the pool closes: the query builder drops it and fails with a TypeError,
 * and the pool would wait for it for ever.
 */
export function releaseLateConnections(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool);
  const connectUnlessClosing = async (): Promise<pg.PoolClient> => {
    const client = await connect();
    if (!pool.ending) return client;
    client.release(true);
    throw new Error('the database is being closed');
  };
  pool.connect = ((callback?: Parameters<typeof connect>[0]) =>
    callback ? connect(callback) : connectUnlessClosing()) as typeof connect;
}

type Query = string | pg.QueryConfig;
type Send = (query: Query, ...rest: unknown[]) => Promise<pg.QueryResult>;

const BEGIN = 'begin';
const COPY = /^copy .+ from stdin/i;
/**
 * How old plans may get. A plan that was made while a table was small reads all of it; the server keeps it until it
 * next analyzes the table, a minute later or more, however much has been added.
 */
const PLANS_MS = 2_000;
const NO_RESULT: pg.QueryResult = { command: '', rowCount: null, oid: 0, rows: [], fields: [] };

/**
 * A connection of the pool, with what the layers above it lack.
 *
 * Texts that it was told of go out as named statements, in transactions of the ORM too: the server parses them once, and
 * plans them every two seconds instead of each time.
 *
 * What nobody waits for goes out with the next statement: `begin` with the first one, deferrable statements with
 * `commit` at the latest. A turn to the server and back costs more than most statements.
 *
 * Both need the driver's `pipeline` mode. Without it, as on the embedded database, whose connections share one session
 * and so its names, each statement goes out at once and as it is.
 *
 * `copy ... from stdin` takes its rows, as text or its bytes, as the only parameter: the driver knows no such statement.
 *
 * The query builder gives a connection back only after a COMMIT or ROLLBACK that succeeds, and not at all where BEGIN
 * fails: each crash of the server would cost the pool connections for good, and closing it would wait for ever. A
 * ROLLBACK fails only where the connection is dead, and then the server has rolled back.
 */
export class PooledClient extends pg.Client {
  /** Gives the connection back to its pool, to be thrown away; the pool sets it. */
  declare release?: (destroy: boolean) => void;

  private readonly send = super.query.bind(this) as Send;
  /** Statements of the transaction that have yet to be sent, in order. */
  private held: Query[] = [];
  private inTransaction = false;
  /** Settles when the rows that are being copied are taken, or refused. */
  private copying: Promise<unknown> | undefined;
  private plannedAt = performance.now();

  override query(...args: unknown[]): never {
    const [query, ...rest] = args as [Query, ...unknown[]];
    if (typeof query !== 'string') return this.sendInOrder(query, rest) as never;
    const [values, ...callback] = rest;
    return this.queryText(query, values as unknown[] | undefined, callback) as never;
  }

  private queryText(text: string, values: unknown[] | undefined, callback: unknown[]): unknown {
    if (this.copying) return this.copying.then(() => this.queryText(text, values, callback));
    if (text === BEGIN) return this.begin();
    if (text === 'commit') return this.commit();
    if (text === 'rollback') return this.rollback();
    if (COPY.test(text)) return this.copy(text, values?.[0] as string | Buffer);
    const statement = this.pipeline ? statements.get(text) : undefined;
    const query = { ...(statement && { name: statement.name }), text, ...(values && { values }) };
    if (statement) this.forgetOldPlans();
    if (statement?.deferrable && this.inTransaction) return this.hold(query);
    return this.sendInOrder(query, callback);
  }

  /**
   * Sends rows in the text form of `COPY ... FROM STDIN`, all at once. Until the server has taken them nothing else may
   * be sent. An error does not tell which row it is about: it would be logged with all that the row holds.
   */
  private async copy(text: string, rows: string | Buffer): Promise<pg.QueryResult> {
    const held = this.held;
    this.held = [];
    const before = Promise.all(held.map((one) => this.send(one)));
    const stream = (this.send as unknown as (query: object) => ReturnType<typeof copyFrom>)(copyFrom(text));
    const done = finished(stream);
    stream.end(rows);
    // Where one before it failed the server refuses the rows too, and that error is told.
    this.copying = Promise.allSettled([before, done]);
    await this.copying;
    this.copying = undefined;
    await before;
    await done.catch((error: Error) => {
      throw Object.assign(error, { where: undefined, detail: undefined });
    });
    return NO_RESULT;
  }

  private forgetOldPlans(): void {
    const now = performance.now();
    if (now - this.plannedAt < PLANS_MS) return;
    this.plannedAt = now;
    this.held.push('discard plans');
  }

  private async begin(): Promise<pg.QueryResult> {
    if (this.pipeline) {
      this.inTransaction = true;
      this.held.push(BEGIN);
      return NO_RESULT;
    }
    return this.send(BEGIN).catch((error: unknown) => {
      this.release?.(true);
      throw error;
    });
  }

  private async commit(): Promise<pg.QueryResult> {
    this.inTransaction = false;
    if (this.held[0] !== BEGIN || this.held.length > 1) return this.sendWithHeld('commit');
    this.held = []; // nothing was asked of the server, so there is nothing to end
    return NO_RESULT;
  }

  private async rollback(): Promise<pg.QueryResult> {
    this.inTransaction = false;
    const begun = this.held[0] !== BEGIN;
    this.held = [];
    return begun ? this.send('rollback').catch(() => NO_RESULT) : NO_RESULT;
  }

  private async hold({ values = [], ...query }: pg.QueryConfig): Promise<pg.QueryResult> {
    // Converted now: what cannot be sent fails at its own line, and what is changed later goes out as it was given.
    this.held.push({ ...query, values: values.map((value) => prepareValue(value)) });
    return NO_RESULT;
  }

  private sendInOrder(query: Query, rest: unknown[]): Promise<pg.QueryResult> {
    return this.held.length > 0 ? this.sendWithHeld(query, rest) : this.send(query, ...rest);
  }

  /** Sends what was held and then the query, in one write. Fails with the first error of them all. */
  private sendWithHeld(query: Query, callback: unknown[] = []): Promise<pg.QueryResult> {
    const held = this.held;
    this.held = [];
    const { stream } = this.connection;
    stream.cork();
    const before = Promise.all(held.map((one) => this.send(one)));
    const result = this.send(query, ...callback);
    stream.uncork();
    if (callback.length === 0) {
      result.catch(() => undefined); // where one before it failed, that error is told
      return before.then(() => result);
    }
    before.catch(() => undefined); // the callback of the query is told
    return result;
  }
}
