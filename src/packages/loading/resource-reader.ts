import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { ObjectStore } from '../../storage/index.js';
import {
  type CastBatch,
  type CsvEncoding,
  type CsvItem,
  inlineTable,
  type RandomAccess,
  readCsvFormat,
  readXlsx,
  type TableItem,
  type TableLayout,
} from '../../tabular/index.js';
import type { PlannedResource } from './load-plan.js';
import type { StoredFile } from './package-files.js';

/** After which row of a resource to go on reading. */
export interface ReadingPlace {
  readonly layout: TableLayout;
  /** Number of the row or line. */
  readonly line: number;
  /** Where the next record of a CSV file begins. */
  readonly csv?: { readonly offset: number; readonly line: number; readonly encoding: CsvEncoding };
}

/** Reads the rows of resources from the object store. */
@Injectable()
export class ResourceReader {
  constructor(private readonly store: ObjectStore) {}

  /**
   * The rows of a resource, batch by batch.
   * @param file null where they are in the descriptor
   * @param after where to go on; null for the beginning
   */
  async *open(
    resource: PlannedResource,
    file: StoredFile | null,
    after: ReadingPlace | null,
    signal: AbortSignal,
  ): AsyncGenerator<readonly TableItem[], void> {
    if (!file) {
      const line = after?.line ?? 0;
      for await (const items of inlineTable(resource.data as readonly unknown[]))
        yield items.filter((item) => item.line > line);
    } else if (resource.format === 'xlsx') {
      const options = {
        after: after?.line ?? 0,
        ...(resource.sheet !== undefined && { sheet: resource.sheet }),
      };
      yield* readXlsx(this.accessTo(file, signal), options);
    } else {
      const csv = resource.csv!;
      // A text that has to be turned into UTF-8 is read from its beginning: where it was left is known in UTF-8 only.
      const start = csv.encoding === 'utf-8' ? (after?.csv?.offset ?? 0) : 0;
      const stream = addAbortSignal(signal, await this.store.get(file.key, { start }));
      yield* readCsvFormat(stream, csv, after?.csv);
    }
  }

  /** Where to go on after a batch. */
  placeAfter({ format }: PlannedResource, { last, layout }: CastBatch<TableItem>): ReadingPlace {
    const { line } = last;
    if (format !== 'csv') return { layout, line };
    const { endOffset: offset, nextLine, encoding } = last as CsvItem;
    return { layout, line, csv: { offset, line: nextLine, encoding } };
  }

  private accessTo({ key, size }: StoredFile, signal: AbortSignal): RandomAccess {
    return {
      size,
      read: async (start, length) => {
        const stream = await this.store.get(key, { start, end: start + length - 1 });
        return buffer(addAbortSignal(signal, stream));
      },
    };
  }
}
