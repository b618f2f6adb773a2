import { Injectable } from '@nestjs/common';
import { databaseErrorCode } from '../../platform/database/database-errors.js';
import { Database } from '../../platform/database/database.js';
import { type CellValue, toCopyLine } from '../../tabular/index.js';
import { createTable, type DataTable, inDataSchema, quoted, ROW_ID, sqlType } from './data-table.js';
import { PackageTable } from './package-table.entity.js';

/** What a table belongs to, and the name that it goes by in SQL once it is the data of its package. */
export interface TableBelonging {
  readonly packageId: string;
  readonly loadId: number;
  readonly resource: string;
  /** Of the resource among those that are loaded. */
  readonly position: number;
  readonly view: string;
}

type Row = readonly CellValue[];

/** Some rows that are to be added, one after the other. */
export interface PackedRows {
  readonly firstId: number;
  readonly count: number;
  /** Bytes or characters. */
  readonly size: number;
  /** Characters of the longest of them. */
  readonly widest: number;
  /** Lines of COPY; on the embedded database the rows as they are. */
  readonly content: Buffer | readonly Row[];
}

/** On PostgreSQL they wait as bytes, and each commit waits for the disk. The embedded database does nothing else meanwhile. */
const ROWS_AT_ONCE = { embedded: 5_000, postgresql: 20_000 };

/** What nobody reads, and nobody will. */
const ABANDONED = `not is_current and retired_at is null and exists (
  select 1 from package_load where id = load_id and ended_at is not null)`;

/** Makes and fills the tables that hold the rows of packages. */
@Injectable()
export class DataTables {
  constructor(private readonly database: Database) {}

  /** How many rows had better be added together: more are hardly faster, and take more memory. */
  get rowsAtOnce(): number {
    return this.database.embedded ? ROWS_AT_ONCE.embedded : ROWS_AT_ONCE.postgresql;
  }

  /** Makes the table, empty, and takes note of it. Call it in a transaction. */
  async create(table: DataTable, belonging: TableBelonging): Promise<void> {
    const em = this.database.reader();
    em.persist(em.create(PackageTable, { ...belonging, name: table.name, columns: table.columns }));
    await em.flush();
    await this.database.execute(createTable(table));
  }

  /**
   * Rows as `append` takes them. Where they have to wait for others, they had better wait as this: bytes are nothing that
   * the garbage collector has to look through.
   * @param firstId number of the first of them
   */
  pack(firstId: number, rows: readonly Row[]): PackedRows {
    const count = rows.length;
    let widest = 0;
    if (this.database.embedded) {
      let size = 0;
      for (const row of rows) {
        const characters = charactersOf(row);
        widest = Math.max(widest, characters);
        size += characters;
      }
      return { firstId, count, size, widest, content: rows };
    }
    let text = '';
    for (let index = 0; index < count; index++) {
      const line = toCopyLine(rows[index]!);
      widest = Math.max(widest, line.length);
      text += `${firstId + index}\t${line}`;
    }
    const content = Buffer.from(text);
    return { firstId, count, size: content.length, widest, content };
  }

  /** Adds rows at the end. Call it in the transaction that notes how far the file is read. */
  async append(table: DataTable, packed: readonly PackedRows[]): Promise<void> {
    await this.database.defer(
      'packages.widest-row',
      'update package_table set widest_row = $2 where name = $1 and widest_row < $2',
      [table.name, packed.reduce((widest, rows) => Math.max(widest, rows.widest), 0)],
    );
    const columns = [ROW_ID, ...table.columns.map(({ name }) => name)].map(quoted).join(', ');
    const target = `${inDataSchema(table.name)} (${columns})`;
    if (!this.database.embedded) {
      await this.database.copy(target, Buffer.concat(packed.map(({ content }) => content as Buffer)));
      return;
    }
    // A column each, as texts: the database casts them, which it has to do for COPY too.
    const ids = packed.flatMap(({ firstId, count }) =>
      Array.from({ length: count }, (_, at) => firstId + at),
    );
    const rows = packed.flatMap(({ content }) => content as readonly Row[]);
    const lists = table.columns.map((_, index) => rows.map((row) => row[index]!));
    const sources = ['$1::bigint[]', ...lists.map((_, index) => `$${index + 2}::text[]`)].join(', ');
    const names = lists.map((_, index) => `c${index}`);
    const values = table.columns.map((column, index) => `c${index}::${sqlType(column)}`);
    await this.database.execute(
      `insert into ${target} select ${['id', ...values].join(', ')}
       from unnest(${sources}) as row (${['id', ...names].join(', ')})`,
      [ids, ...lists],
    );
  }

  /**
   * Makes the table ready to be read: pages by the number of the row, and values of these columns, are found fast. Call it
   * in a transaction.
   */
  async finish(table: DataTable, indexed: readonly string[], rows: number): Promise<void> {
    const target = inDataSchema(table.name);
    await this.database.execute(`alter table ${target} add primary key (${ROW_ID})`);
    for (const name of indexed) await this.index(target, name);
    await this.database.execute(`analyze ${target}`);
    await this.database.execute('update package_table set rows = $2 where name = $1', [table.name, rows]);
  }

  /**
   * Has the tables of a load be the data of the package, in place of those that were it, and lets who reads with SQL
   * find them under names that stay. Call it in a transaction.
   */
  async publish(packageId: string, loadId: number): Promise<void> {
    await this.retire(packageId);
    const em = this.database.reader();
    for (const table of await em.find(PackageTable, { packageId, loadId })) {
      const columns = [ROW_ID, ...table.columns.map(({ name }) => name)].map(quoted).join(', ');
      await this.database.execute(
        `create view ${inDataSchema(table.view)} as select ${columns} from ${inDataSchema(table.name)}`,
      );
    }
    await this.database.execute(
      'update package_table set is_current = true where package_id = $1 and load_id = $2',
      [packageId, loadId],
    );
  }

  /** Takes the data of a package away from readers; the tables go when nobody can be at them any more. */
  async retire(packageId: string): Promise<void> {
    const retired = await this.database.query<{ view: string }>(
      `update package_table set is_current = false, retired_at = now()
       where package_id = $1 and is_current returning view`,
      [packageId],
    );
    for (const { view } of retired) await this.database.execute(`drop view if exists ${inDataSchema(view)}`);
  }

  /** Removes the tables of loads that have ended without making them the data of their package. */
  async dropAbandoned(): Promise<void> {
    const tables = await this.database.query<{ name: string }>(
      `select name from package_table where ${ABANDONED}`,
    );
    for (const { name } of tables) await this.drop(name, ABANDONED);
  }

  /** Removes the tables of a load that begins again. Call it in a transaction. */
  async dropAll(loadId: number): Promise<void> {
    const tables = await this.database.query<{ name: string }>(
      'select name from package_table where load_id = $1 and not is_current',
      [loadId],
    );
    for (const { name } of tables) await this.drop(name);
  }

  /** Removes the tables that were retired so many seconds ago. */
  async dropRetired(seconds: number): Promise<void> {
    const tables = await this.database.query<{ name: string }>(
      `select name from package_table where retired_at < now() - make_interval(secs => $1)`,
      [seconds],
    );
    for (const { name } of tables) await this.drop(name);
  }

  /** The tables that hold the data of a package, in the order of its resources. */
  current(packageId: string): Promise<PackageTable[]> {
    const em = this.database.reader();
    return em.find(PackageTable, { packageId, isCurrent: true }, { orderBy: { position: 'asc' } });
  }

  /** Number of rows that have the same values in these columns as an earlier one; the first of them; undefined if none. */
  async findDuplicate(
    table: DataTable,
    columns: readonly string[],
  ): Promise<{ id: number; earlier: number } | undefined> {
    const names = columns.map(quoted).join(', ');
    const [found] = await this.database.query<{ id: number; earlier: number }>(
      `select id::float8 as id, earlier::float8 as earlier from (
         select ${ROW_ID} as id, min(${ROW_ID}) over (partition by ${names}) as earlier
         from ${inDataSchema(table.name)} where (${names}) is not null) as row
       where id > earlier order by id limit 1`,
    );
    return found;
  }

  /** One with values too long for an index goes without: it only makes filters fast. */
  private async index(target: string, column: string): Promise<void> {
    await this.database.execute('savepoint indexed');
    try {
      await this.database.execute(`create index on ${target} (${quoted(column)}, ${ROW_ID})`);
    } catch (error) {
      if (!isTooLargeForIndex(error)) throw error;
      await this.database.execute('rollback to savepoint indexed');
    }
  }

  /** @param condition what must still be so: the load of the table may have begun again */
  private async drop(name: string, condition = 'true'): Promise<void> {
    await this.database.transaction(async () => {
      const sql = `delete from package_table where name = $1 and ${condition}`;
      if ((await this.database.execute(sql, [name])) === 0) return;
      await this.database.execute(`drop table if exists ${inDataSchema(name)}`);
    });
  }
}

/** Code of PostgreSQL for what goes past a limit of its own, such as the size of an entry of an index. */
function isTooLargeForIndex(error: unknown): boolean {
  return databaseErrorCode(error) === '54000';
}

function charactersOf(row: Row): number {
  let characters = 0;
  for (const value of row) characters += value?.length ?? 0;
  return characters;
}
