import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../../src/platform/database/database.js';
import type { TestApp } from './app.js';

/** Environment of a server that logs everything there is into a folder. */
export function logEverythingTo(folder: string): Record<string, string> {
  return { LOG_LEVEL: 'trace', LOG_FORMAT: 'json', LOG_FILE: join(folder, 'log') };
}

/** All that was logged into the folder so far. */
export async function logged(folder: string): Promise<string> {
  await sleep(300);
  return readdirSync(folder)
    .filter((name) => name.startsWith('log'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

/** Every row of every table, as text. */
export async function stored(app: TestApp): Promise<string> {
  const database = app.app.get(Database);
  const tables = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const texts = [];
  for (const { name } of tables) {
    const [row] = await database.query<{ all: string | null }>(
      `select string_agg(t::text, ' ') as all from "${name}" t`,
    );
    texts.push(row!.all ?? '');
  }
  return texts.join('\n');
}
