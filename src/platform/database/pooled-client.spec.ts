import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { PostgresServer } from '../../../test/support/postgres.js';
import { describeWith } from '../../../test/support/services.js';
import { PooledClient, prepareStatement, releaseLateConnections } from './pooled-client.js';

const ADD = 'insert into note (text) values ($1)';
prepareStatement('test.add-note', ADD, { deferrable: true });

type Run = (text: string, values?: unknown[]) => Promise<{ rows: { text: string }[] }>;

describeWith('postgres')('a connection of the pool', () => {
  let postgres: PostgresServer;
  let client: PooledClient;
  let run: Run;
  let writes: jest.SpiedFunction<(chunk: Buffer) => boolean>;

  const written = () => Buffer.concat(writes.mock.calls.map(([chunk]) => chunk)).toString('latin1');
  const notes = async () =>
    (await postgres.execute<{ text: string }>('select text from note order by text', url)).map(
      ({ text }) => text,
    );
  let url: string;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    url = await postgres.createDatabase();
    await postgres.execute('create table note (text text primary key)', url);
  });
  afterAll(async () => {
    await client.end();
    await postgres.stop();
  });
  beforeEach(async () => {
    await (client as PooledClient | undefined)?.end();
    client = new PooledClient({ connectionString: url, pipeline: true });
    await client.connect();
    run = client.query.bind(client);
    writes = jest.spyOn(client.connection.stream, 'write') as typeof writes;
    await postgres.execute('truncate note', url);
  });

  const COPY = 'copy note (text) from stdin';

  it('copies rows within a transaction, and goes on after rows that are refused', async () => {
    await run('begin');
    await run('savepoint before');
    await run(COPY, ['a\nb\n']);
    await run('savepoint again');
    const refused = run(COPY, ['c\na\n']);
    await expect(refused).rejects.toMatchObject({ code: '23505', where: undefined, detail: undefined });
    await run('rollback to savepoint again');
    await run(ADD, ['d']);
    await run('commit');
    expect(await notes()).toEqual(['a', 'b', 'd']);
  });

  it('sends nothing while rows are being copied', async () => {
    await run('begin');
    const done = Promise.all([run(COPY, ['a\n']), run('select text from note'), run(COPY, ['b\n'])]);
    expect((await done)[1].rows).toEqual([{ text: 'a' }]);
    await run('commit');
    expect(await notes()).toEqual(['a', 'b']);
  });

  it('tells of what failed before the rows', async () => {
    await run('begin');
    await run(ADD, ['a']);
    await run(ADD, ['a']);
    await expect(run(COPY, ['b\n'])).rejects.toMatchObject({ code: '23505', table: 'note' });
    await run('rollback');
    await run(COPY, ['c\n']);
    expect(await notes()).toEqual(['c']);
  });

  it('sends what nobody waits for with the commit', async () => {
    await run('begin');
    await run(ADD, ['a']);
    await run(ADD, ['b']);
    expect(writes).not.toHaveBeenCalled();
    await run('commit');
    expect(await notes()).toEqual(['a', 'b']);
  });

  it('keeps the order of statements', async () => {
    await run('begin');
    await run(ADD, ['a']);
    expect((await run('select text from note')).rows).toEqual([{ text: 'a' }]);
    await run(ADD, ['b']);
    await run('commit');
    expect(await notes()).toEqual(['a', 'b']);
  });

  it('fails a commit whose deferred statement fails, and keeps nothing', async () => {
    await postgres.execute(`insert into note values ('taken')`, url);
    await run('begin');
    await run(ADD, ['a']);
    await run(ADD, ['taken']);
    await expect(run('commit')).rejects.toMatchObject({ code: '23505' });
    await run('rollback');
    expect(await notes()).toEqual(['taken']);
  });

  it('says of a later statement why the deferred one failed, not that the transaction is aborted', async () => {
    await postgres.execute(`insert into note values ('taken')`, url);
    await run('begin');
    await run(ADD, ['taken']);
    await expect(run('select 1')).rejects.toMatchObject({ code: '23505' });
    await run('rollback');
    expect((await run('select text from note')).rows).toEqual([{ text: 'taken' }]);
  });

  it('fails at its own line where a value cannot be sent, and keeps nothing', async () => {
    const unsendable = {
      toPostgres() {
        throw new Error('not for the wire');
      },
    };
    await run('begin');
    await run(ADD, ['a']);
    await expect(run(ADD, [unsendable])).rejects.toThrow('not for the wire');
    await run('rollback');
    expect(await notes()).toEqual([]);
  });

  it('sends values as they were when they were given', async () => {
    const values = ['given'];
    await run('begin');
    await run(ADD, values);
    values[0] = 'changed';
    await run('commit');
    expect(await notes()).toEqual(['given']);
  });

  it('refuses two statements of one name', () => {
    expect(() => prepareStatement('test.add-note', 'select 1')).toThrow(
      'two statements are named test.add-note',
    );
  });

  it('asks nothing of the server for a transaction without statements', async () => {
    await run('begin');
    await run('commit');
    await run('begin');
    await run('rollback');
    expect(writes).not.toHaveBeenCalled();
    await run(ADD, ['alone']); // no transaction is left open around it
    expect(await notes()).toEqual(['alone']);
  });

  it('forgets what was deferred when the transaction is rolled back', async () => {
    await run('begin');
    await run(ADD, ['a']);
    await run('rollback');
    await run('begin');
    await run('select 1');
    await run(ADD, ['b']);
    await run('rollback');
    expect(await notes()).toEqual([]);
  });

  it('is given back where it is made while the pool closes', async () => {
    const pool = new pg.Pool({ connectionString: url });
    releaseLateConnections(pool);
    const late = pool.connect();
    await Promise.all([expect(late).rejects.toThrow('the database is being closed'), pool.end()]);
    expect(pool.totalCount).toBe(0);
  });

  it('answers callbacks while old plans are forgotten', async () => {
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 60_000);
    const withCallback = client.query.bind(client) as unknown as (
      text: string,
      values: unknown[],
      callback: (error: Error | null, result: { rowCount: number }) => void,
    ) => void;
    const result = await new Promise<{ rowCount: number }>((resolve, reject) => {
      withCallback(ADD, ['a'], (error, added) => (error ? reject(error) : resolve(added)));
    });
    clock.mockRestore();
    expect(written()).toMatch(/discard plans.*test\.add-note/s);
    expect(result.rowCount).toBe(1);
    expect(await notes()).toEqual(['a']);
  });
});
