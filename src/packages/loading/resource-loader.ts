import { Injectable } from '@nestjs/common';
import { databaseErrorCode } from '../../platform/database/database-errors.js';
import { castTable, type CastBatch, type TableItem, TableErrors } from '../../tabular/index.js';
import type { DataTable } from '../tables/data-table.js';
import { DataTables, type PackedRows } from '../tables/data-tables.js';
import { LoadCopies } from './load-copies.js';
import type { LoadCheckpoint, LoadRun, ResourcePlace } from './load-checkpoint.js';
import type { PlannedResource } from './load-plan.js';
import { DuplicateKeyError, PackageDataError, RowsTooWideError } from './loading.errors.js';
import { SourceFiles, type StoredFile } from './source-files.js';
import type { PackageLoad } from './package-load.entity.js';
import { PackageLoadRepository } from './package-load.repository.js';
import { type ReadingPlace, ResourceReader } from './resource-reader.js';

/** Bytes that are committed together, in tables with long rows. */
const BYTES_PER_COMMIT = 4_000_000;
/** Mistakes that are looked for before the load is given up. */
const ERRORS = 100;
/** Rows that are looked at after the first mistake. */
const ROWS_AFTER_ERROR = 200_000;
/** Code of PostgreSQL for what goes past a limit of its own: here, the size of a row. */
const LIMIT_EXCEEDED = '54000';

/** Loads the rows of one resource into a table of their own. */
@Injectable()
export class ResourceLoader {
  constructor(
    private readonly files: SourceFiles,
    private readonly copies: LoadCopies,
    private readonly reader: ResourceReader,
    private readonly tables: DataTables,
    private readonly loads: PackageLoadRepository,
  ) {}

  /**
   * Has the file of a resource at hand. Throws what `SourceFiles.keep` throws.
   * @param bytesBefore of the resources before it
   */
  async fetch(
    load: PackageLoad,
    resource: PlannedResource,
    bytesBefore: number,
    signal: AbortSignal,
  ): Promise<StoredFile | null> {
    if (resource.paths.length === 0) return null;
    const addresses = resource.paths.map((path) => this.files.resolve(path, load.url));
    const copyKey = this.copies.keyOf(load.id, resource.position);
    return this.files.keep(addresses, { owner: load.owner, copyKey, bytesBefore, signal });
  }

  /** Makes the table for the rows. Call it in a transaction. */
  async createTable(load: PackageLoad, resource: PlannedResource): Promise<void> {
    const { name, position, view, table } = resource;
    const belonging = { packageId: load.packageId!, loadId: load.id, resource: name, position, view };
    await this.tables.create(table, belonging);
  }

  /**
   * Loads the rows from the checkpoint's place on, and returns how many there are in the table then.
   * @throws PackageDataError, FileChangedError, RowsTooWideError, the errors of the readers and of the store
   */
  async load(
    job: LoadRun,
    load: PackageLoad,
    resource: PlannedResource,
    start: LoadCheckpoint,
  ): Promise<number> {
    const { file, after, rows } = start.place!;
    const errors = new TableErrors(ERRORS);
    const items = this.reader.open(resource, file, after, job.signal);
    const options = { ...resource.cast, ...(after && { layout: after.layout }) };
    let stored = Promise.resolve({ ...start, place: { file, rows, after } });
    let held: PackedRows[] = [];
    let [read, waiting, size] = [rows, 0, 0];
    const store = (batch: CastBatch<TableItem>) => {
      const [taken, before, place] = [held, stored, this.reader.placeAfter(resource, batch)];
      [held, waiting, size] = [[], 0, 0];
      stored = before.then((at) => this.commit(job, load, resource, at, taken, place));
      stored.catch(() => undefined); // told by the next await, which comes after a while
      return before; // while one batch is being stored the next one is read and cast
    };
    let last: CastBatch<TableItem> | undefined;
    let afterError = 0;
    try {
      for await (const batch of castTable(items, resource.schema, errors, options)) {
        job.throwIfInterrupted();
        if (errors.total > 0) {
          afterError += batch.rows.length;
          if (errors.total >= ERRORS || afterError > ROWS_AFTER_ERROR) break;
          continue;
        }
        last = batch;
        const packed = this.tables.pack(
          read + 1,
          resource.change ? batch.rows.map(resource.change) : batch.rows,
        );
        held.push(packed);
        read += packed.count;
        waiting += packed.count;
        size += packed.size;
        if (waiting >= this.tables.rowsAtOnce || size >= BYTES_PER_COMMIT) await store(batch);
      }
      if (errors.total > 0) throw new PackageDataError(resource.title, errors);
      if (last && waiting > 0) await store(last);
    } finally {
      await Promise.allSettled([stored]);
    }
    return (await stored).place.rows;
  }

  /** Makes the table ready to be read. Call it in a transaction. Throws `DuplicateKeyError`. */
  async finish(resource: PlannedResource, rows: number): Promise<void> {
    for (const key of resource.uniqueKeys) {
      const found = await this.tables.findDuplicate(
        resource.table,
        key.map(({ name }) => name),
      );
      const fields = key.map(({ field }) => field);
      if (found) throw new DuplicateKeyError(resource.title, fields, found.id, found.earlier);
    }
    await this.tables.finish(resource.table, resource.indexed, rows);
  }

  private async commit(
    job: LoadRun,
    load: PackageLoad,
    { table, title }: PlannedResource,
    at: LoadCheckpoint & { place: ResourcePlace },
    taken: readonly PackedRows[],
    after: ReadingPlace,
  ): Promise<LoadCheckpoint & { place: ResourcePlace }> {
    const rows = taken.reduce((sum, { count }) => sum + count, at.place.rows);
    const next = { ...at, place: { ...at.place, rows, after } };
    const total = at.rowsBefore + rows;
    await job.commit(
      next,
      async () => {
        await this.append(table, title, taken);
        await this.loads.report(load, 'loading-data', total);
      },
      { current: total, unit: 'rows' },
    );
    return next;
  }

  private async append(table: DataTable, title: string, rows: readonly PackedRows[]): Promise<void> {
    try {
      await this.tables.append(table, rows);
    } catch (error) {
      if (databaseErrorCode(error) !== LIMIT_EXCEEDED) throw error;
      throw new RowsTooWideError(title);
    }
  }
}
