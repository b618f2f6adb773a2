import { pipeline, Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { csvWriter } from '../../tabular/index.js';
import { COLUMNS } from '../order-columns.js';
import { type ExportFormat, type OrderSearch, parseExportQuery } from './order-query.js';
import type { OrderPlace } from './order-sort.js';
import { type OrderRow, OrderRepository, type Placed } from './order.repository.js';

/** A file of orders that is written while it is read. */
export interface OrderExport {
  readonly contentType: string;
  readonly fileName: string;
  readonly content: Readable;
}

type ExportPage = readonly (OrderRow & Placed)[];

/** What is held in memory of an export, besides the few rows that are being written. */
const PAGE = 2000;
const FILES: Readonly<Record<ExportFormat, Omit<OrderExport, 'content'>>> = {
  csv: { contentType: 'text/csv; charset=utf-8; header=present', fileName: 'orders.csv' },
  json: { contentType: 'application/x-ndjson', fileName: 'orders.ndjson' },
};

/** Orders as files. The first columns of the CSV are those of a file that is imported. */
@Injectable()
export class OrderExportService {
  constructor(private readonly repository: OrderRepository) {}

  /**
   * The orders that the parameters ask for. They are read page by page, as fast as the content is taken: nothing is
   * held open in the database meanwhile, so orders that change while they are exported may be told in either state.
   * @param headersOnly whether the content is not wanted, so that no order need be read
   * @throws OrderQueryError if a parameter is not valid; the content fails where the database does
   */
  async export(parameters: Readonly<Record<string, unknown>>, headersOnly: boolean): Promise<OrderExport> {
    const { format, ...search } = parseExportQuery(parameters);
    if (headersOnly) return { ...FILES[format], content: Readable.from([]) };
    // What fails at once can still be told by a status.
    const first = await this.repository.exportPage(search, undefined, PAGE);
    const pages = this.pages(search, first);
    return { ...FILES[format], content: format === 'csv' ? csvOf(pages) : linesOf(pages) };
  }

  private async *pages(search: OrderSearch, first: ExportPage): AsyncGenerator<ExportPage> {
    for (let page = first; ; page = await this.repository.exportPage(search, placeOf(page), PAGE)) {
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
    }
  }
}

function placeOf(page: ExportPage): OrderPlace {
  const { place, id } = page.at(-1)!;
  return place === undefined ? { id } : { value: place, id };
}

function csvOf(pages: AsyncGenerator<ExportPage>): Readable {
  // The writer fails with the rows, and ends them when it is destroyed, as it is when the caller goes away.
  return pipeline(
    Readable.from(rowsOf(pages)),
    csvWriter({ columns: [...COLUMNS, 'valid', 'errors'] }),
    () => undefined,
  );
}

async function* rowsOf(pages: AsyncGenerator<ExportPage>) {
  for await (const page of pages) for (const row of page) yield { ...row, errors: rulesOf(row).join(' ') };
}

function linesOf(pages: AsyncGenerator<ExportPage>): Readable {
  // Counted in bytes: as objects, 16 pages would be read ahead.
  return Readable.from(textsOf(pages), { objectMode: false });
}

async function* textsOf(pages: AsyncGenerator<ExportPage>) {
  for await (const page of pages) {
    yield page
      .map(({ id, name, email, state, zipcode, birthday, valid, errors }) => {
        const order = { id, name, email, state, zipcode, birthday, valid, errors: rulesOf({ errors }) };
        return `${JSON.stringify(order)}\n`;
      })
      .join('');
  }
}

function rulesOf({ errors }: Pick<OrderRow, 'errors'>): string[] {
  return (errors ?? []).map(({ rule }) => rule);
}
