import { Injectable } from '@nestjs/common';
import type { ImportedOrder, RejectedLine } from './order-file.js';
import type { DuplicatePolicy, ImportCounts, ImportOptions } from './order-import-options.js';
import { OrderRenumbering } from './order-renumbering.js';
import { type Changer, OrderUpdates } from './order-updates.js';
import { OrderWriter } from './order-writer.js';

/** The import that orders come from. */
export interface Intake extends ImportOptions, Changer {
  readonly importId: string;
}

/** What became of the orders of a batch. */
export interface Taken {
  readonly counts: Partial<ImportCounts>;
  /** Those that are not stored because their id was taken, to be told of. */
  readonly taken: readonly RejectedLine[];
}

/** Takes in the orders of a file, as the import was asked to. */
@Injectable()
export class OrderIntake {
  constructor(
    private readonly writer: OrderWriter,
    private readonly updates: OrderUpdates,
    private readonly renumbering: OrderRenumbering,
  ) {}

  /** Stores the orders of a batch, or finds out what storing them would do. Call it in a transaction. */
  async store(orders: readonly ImportedOrder[], intake: Intake): Promise<Taken> {
    const { importId, onDuplicate, dryRun } = intake;
    if (dryRun) {
      const taken = await this.writer.findTaken(importId, orders);
      return outcome(onDuplicate, orders, taken, { renumber: 'at once' });
    }
    switch (onDuplicate) {
      case 'skip':
        return { counts: await this.writer.insertNew(importId, orders), taken: [] };
      case 'update':
        return { counts: await this.updates.upsert(importId, orders, intake), taken: [] };
      case 'reject':
      case 'renumber': {
        const taken = await this.writer.insertUntaken(importId, orders);
        if (onDuplicate === 'renumber') await this.renumbering.hold(importId, taken);
        return outcome(onDuplicate, orders, taken, { renumber: 'later' });
      }
    }
  }
}

/** Counts orders, given those whose id was taken, and tells of what is rejected. */
function outcome(
  policy: DuplicatePolicy,
  orders: readonly ImportedOrder[],
  taken: readonly ImportedOrder[],
  { renumber }: { renumber: 'at once' | 'later' },
): Taken {
  const isStored = policy === 'update' || (policy === 'renumber' && renumber === 'at once');
  const fresh = orders.length - taken.length;
  const valid = countValid(orders) - (isStored ? 0 : countValid(taken));
  switch (policy) {
    case 'skip':
      return { counts: { imported: fresh, valid, duplicate: taken.length }, taken: [] };
    case 'update':
      return { counts: { imported: fresh, valid, updated: taken.length }, taken: [] };
    case 'reject':
      return { counts: { imported: fresh, valid }, taken: taken.map(rejection) };
    case 'renumber': {
      const renumbered = isStored ? taken.length : 0;
      return { counts: { imported: fresh + renumbered, renumbered, valid }, taken: [] };
    }
  }
}

function countValid(orders: readonly ImportedOrder[]): number {
  return orders.filter(({ valid }) => valid).length;
}

function rejection({ line, offset, id }: ImportedOrder): RejectedLine {
  return { line, offset, code: 'ID_TAKEN', column: 'id', value: String(id) };
}
