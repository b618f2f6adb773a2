import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { type ByteRange, ObjectChangedError, ObjectNotFoundError, ObjectStore } from '../../storage/index.js';
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
import { FileChangedError } from './loading.errors.js';
import type { PlannedResource } from './load-plan.js';
import type { StoredFile } from './source-files.js';

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
   * @throws FileChangedError, the errors of the readers and of the store
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
      yield* readXlsx(this.accessTo(resource, file, signal), options);
    } else {
      const csv = resource.csv!;
      // A text that has to be turned into UTF-8 is read from its beginning: where it was left is known in UTF-8 only.
      const start = csv.encoding === 'utf-8' ? (after?.csv?.offset ?? 0) : 0;
      const stream = addAbortSignal(signal, await this.get(resource, file, { start }));
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

  private accessTo(resource: PlannedResource, file: StoredFile, signal: AbortSignal): RandomAccess {
    return {
      size: file.size,
      read: async (start, length) => {
        const stream = await this.get(resource, file, { start, end: start + length - 1 });
        return buffer(addAbortSignal(signal, stream));
      },
    };
  }

  /** A part of the file that was found when the load came to it: each part of the same content. */
  private async get({ title }: PlannedResource, { key, etag }: StoredFile, range: ByteRange) {
    try {
      return await this.store.get(key, range, etag);
    } catch (error) {
      const isGone = error instanceof ObjectChangedError || error instanceof ObjectNotFoundError;
      throw isGone ? new FileChangedError(title) : error;
    }
  }
}
