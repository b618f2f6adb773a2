import type { Database } from '../../src/platform/database/database.js';

/** Columns that reading changes too. */
const RESTLESS_COLUMNS = ['last_seen_at', 'last_used_at'];

/** Every row of every table, as texts, but for what any request may change. */
export async function contentOf(
  database: Database,
  withoutTables: readonly string[] = [],
): Promise<Record<string, string[]>> {
  const tables = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'
     and table_type = 'BASE TABLE' and table_name <> all($1::text[]) order by 1`,
    [withoutTables],
  );
  const content: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(
      `select (to_jsonb(t) - $1::text[])::text as row from "${name}" t order by 1`,
      [RESTLESS_COLUMNS],
    );
    content[name] = rows.map(({ row }) => row);
  }
  return content;
}
