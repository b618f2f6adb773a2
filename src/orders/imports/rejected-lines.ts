import { Injectable } from '@nestjs/common';
import { pipeline, Readable } from 'node:stream';
import type { Actor } from '../../platform/access/actor.js';
import { type Language, Messages } from '../../platform/i18n/messages.js';
import { ObjectStore } from '../../storage/index.js';
import { csvWriter, readCsv } from '../../tabular/index.js';
import type { RejectedLineDto } from './dto/order-import.dto.js';
import type { ImportCheckpoint, ImportPayload } from './import-orders.job.js';
import { csvOptions, MEND_COLUMNS } from './order-dialect.js';
import { type KeptLine, OrderImportRepository } from './order-import.repository.js';
import { OrderImportsService } from './order-imports.service.js';
import { COLUMNS, type Dialect } from '../order-columns.js';
import { valuesOf } from './order-line.js';
import { OrdersConfig } from '../orders.config.js';
import { parsePageQuery } from '../page-query.js';
import type { Parameters } from '../query-reader.js';

/** A page of the lines of a file that became no orders. */
export interface RejectedLinePage {
  readonly lines: RejectedLineDto[];
  /** Query of the page after it; absent where the page is not full. */
  readonly next?: string;
}

/** A line as it stands in the file, and what is wrong with it. */
type LineToMend = KeptLine & { readonly values: readonly string[] };

/** Rejected lines that are read from the database at once. */
const PAGE = 1000;
/** Bytes between two rejected lines that are read rather than passed over by a second look at the store. */
const GAP = 256 * 1024;

/** The lines of files that became no orders, and why. */
@Injectable()
export class RejectedLines {
  constructor(
    private readonly imports: OrderImportsService,
    private readonly repository: OrderImportRepository,
    private readonly store: ObjectStore,
    private readonly messages: Messages,
    private readonly config: OrdersConfig,
  ) {}

  /**
   * A page of them in the order of the file, while the import goes on too.
   * @param parameters those of the address; `limit` and `after` count
   * @throws what `OrderImportsService.jobOf` throws; OrderQueryError if a parameter is not valid
   */
  async list(
    actor: Actor,
    jobId: string,
    parameters: Parameters,
    language: Language,
  ): Promise<RejectedLinePage> {
    const { limit, after = 0 } = parsePageQuery(parameters, this.config.ORDERS_MAX_PAGE);
    const { importId } = (await this.imports.jobOf(actor, jobId)).payload as ImportPayload;
    const kept = await this.repository.listErrors(importId, after, limit);
    const lines = kept.map((line) => ({
      line: line.line,
      column: line.column,
      value: line.value,
      code: line.code,
      message: this.reason(line, language),
    }));
    return kept.length === limit ? { lines, next: `limit=${limit}&after=${kept.at(-1)!.line}` } : { lines };
  }

  /**
   * All of them as a CSV file, with their values as they stand in the file and with what is wrong: once mended, it can
   * be imported as it is.
   * @throws what `OrderImportsService.jobOf` throws; the stream fails with what the store and the database throw
   */
  async csv(actor: Actor, jobId: string, language: Language): Promise<Readable> {
    const { payload, checkpoint } = await this.imports.jobOf(actor, jobId);
    const { importId, objectKey } = payload as ImportPayload;
    const { place } = (checkpoint as ImportCheckpoint | null | undefined) ?? { place: null };
    const columns = [...COLUMNS, ...Object.values(MEND_COLUMNS)];
    const rows = place ? this.linesToMend(importId, objectKey, place) : [];
    const source = Readable.from(this.rowsOf(rows, place?.dialect, language));
    const csv = csvWriter({ columns });
    return pipeline(source, csv, () => undefined); // an error of the source is one of the file, and told by it
  }

  private async *rowsOf(
    lines: AsyncIterable<LineToMend> | Iterable<LineToMend>,
    dialect: Dialect | undefined,
    language: Language,
  ): AsyncGenerator<string[]> {
    for await (const { values, ...kept } of lines) {
      const { layout, delimiter, width, mended } = dialect!;
      const rest = (mended && values[mended.rest]) || values.slice(width).join(delimiter);
      yield [
        ...COLUMNS.map((column) => values[layout[column]] ?? ''),
        ...[String(kept.line), kept.column ?? '', this.reason(kept, language), rest],
      ];
    }
  }

  /** Reads the rejected lines anew, in the order of the file; those close to each other at one go. */
  private async *linesToMend(
    importId: string,
    objectKey: string,
    { dialect, encoding }: Pick<NonNullable<ImportCheckpoint['place']>, 'dialect' | 'encoding'>,
  ): AsyncGenerator<LineToMend> {
    for await (const run of runsOf(this.keptLines(importId))) {
      const wanted = new Map(run.map((kept) => [kept.line, kept]));
      const { offset, line } = run[0]!;
      const file = await this.store.get(objectKey, { start: offset });
      const options = { ...csvOptions(dialect.delimiter), from: { offset, line, encoding } };
      for await (const items of readCsv(file, options)) {
        for (const item of items) {
          const kept = wanted.get(item.line);
          if (!kept) continue;
          wanted.delete(item.line);
          const text = item.error ? item.text.replaceAll('\0', '') : '';
          yield {
            ...kept,
            values: item.fields ? valuesOf(item.fields, dialect) : text.split(dialect.delimiter),
          };
        }
        if (wanted.size === 0) break;
      }
    }
  }

  private async *keptLines(importId: string): AsyncGenerator<KeptLine> {
    for (let after = 0; ;) {
      const kept = await this.repository.listErrors(importId, after, PAGE);
      yield* kept;
      if (kept.length < PAGE) return;
      after = kept.at(-1)!.line;
    }
  }

  private reason({ code, params }: KeptLine, language: Language): string {
    return this.messages.translate(language, `orders.${code}`, params ?? {});
  }
}

/** Lines that are close to each other, together; at most a page of them. */
async function* runsOf(lines: AsyncIterable<KeptLine>): AsyncGenerator<KeptLine[]> {
  let run: KeptLine[] = [];
  for await (const line of lines) {
    const last = run.at(-1);
    if (last && (line.offset - last.offset > GAP || run.length >= PAGE)) {
      yield run;
      run = [];
    }
    run.push(line);
  }
  if (run.length > 0) yield run;
}
