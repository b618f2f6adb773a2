import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type PlatformApp, startPlatformApp } from '../../../test/support/platform-app.js';
import { Database } from './database.js';
import { EmbeddedVacuum } from './embedded-vacuum.js';

let app: PlatformApp;
let database: Database;

beforeAll(async () => {
  app = await startPlatformApp({ imports: [] });
  database = app.app.get(Database);
  await database.execute('create table "Much changed" (id int primary key, text text not null)');
  await database.execute('create table unchanged (id int primary key)');
});
afterAll(() => app.close());

const statistics = (table: string) =>
  database.query<{ dead: number; vacuumed: boolean; analyzed: boolean }>(
    `select n_dead_tup::int as dead, last_vacuum is not null as vacuumed, last_analyze is not null as analyzed
     from pg_stat_user_tables where relname = $1`,
    [table],
  );

it('removes dead rows and looks at new ones, as a server does by itself', async () => {
  const vacuum = app.app.get(EmbeddedVacuum);
  await database.execute(`insert into "Much changed" select i, 'a' from generate_series(1, 1000) as i`);
  await vacuum.run();
  expect(await statistics('Much changed')).toEqual([{ dead: 0, vacuumed: false, analyzed: true }]);

  await database.execute(`update "Much changed" set text = 'b'`);
  await database.query('select pg_stat_force_next_flush()');
  expect(await statistics('Much changed')).toMatchObject([{ dead: 1000 }]);
  await vacuum.run();
  expect(await statistics('Much changed')).toEqual([{ dead: 0, vacuumed: true, analyzed: true }]);
  expect(await statistics('unchanged')).toEqual([{ dead: 0, vacuumed: false, analyzed: false }]);
});
