import { isDeepStrictEqual } from 'node:util';
import type { OrderFields } from '../history/order-change.entity.js';
import type { BrokenRule, JudgedOrder, Verdict } from '../rules/order-rules.js';

/** An order as it is stored, as far as the rules are concerned. */
export interface StoredOrder extends JudgedOrder {
  readonly id: number;
  readonly valid: boolean;
  readonly autoValid: boolean;
  /** Null for none. */
  readonly errors: readonly BrokenRule[] | null;
  /** Another one whenever the row has been written. */
  readonly rowVersion: string;
}

/** What becomes of an order that is judged again: what it is judged to be, and what differs. */
export interface OrderRevision {
  readonly order: StoredOrder;
  readonly verdict: Verdict;
  readonly before: OrderFields;
  readonly after: OrderFields;
}

/** What a re-validation has found, in orders. `changed` is the sum of `now_valid`, `now_invalid` and `other`. */
export interface RevalidationCounts {
  /** Orders looked at. */
  readonly checked: number;
  /** Orders that changed; in a dry run, that would have. */
  readonly changed: number;
  readonly now_valid: number;
  readonly now_invalid: number;
  /** Orders that are as valid as before, but break other rules or have their zipcode cleaned. */
  readonly other: number;
  /** Of those looked at, the orders that are valid because of their neighbour: they are not held against the rules. */
  readonly auto_valid: number;
}

export const NO_COUNTS: RevalidationCounts = {
  checked: 0,
  changed: 0,
  now_valid: 0,
  now_invalid: 0,
  other: 0,
  auto_valid: 0,
};

/** Judges an order again; nothing where that changes nothing. The order must not be valid because of its neighbour. */
export function revise(
  order: StoredOrder,
  judge: (order: JudgedOrder) => Verdict,
): OrderRevision | undefined {
  const verdict = judge(order);
  const { valid, zipcode } = order;
  const errors = order.errors ?? [];
  const differs = {
    valid: valid !== verdict.valid,
    errors: !isDeepStrictEqual(errors, verdict.errors),
    zipcode: zipcode !== verdict.zipcode,
  };
  if (!differs.valid && !differs.errors && !differs.zipcode) return undefined;
  const fields = (from: Required<Pick<OrderFields, keyof typeof differs>>): OrderFields => ({
    ...(differs.valid && { valid: from.valid }),
    ...(differs.errors && { errors: from.errors }),
    ...(differs.zipcode && { zipcode: from.zipcode }),
  });
  return { order, verdict, before: fields({ valid, errors, zipcode }), after: fields(verdict) };
}

/** The counts after some more orders. */
export function countOn(
  counts: RevalidationCounts,
  orders: readonly StoredOrder[],
  revisions: readonly OrderRevision[],
): RevalidationCounts {
  const turned = (valid: boolean) => revisions.filter(({ after }) => after.valid === valid).length;
  const [nowValid, nowInvalid] = [turned(true), turned(false)];
  return {
    checked: counts.checked + orders.length,
    changed: counts.changed + revisions.length,
    now_valid: counts.now_valid + nowValid,
    now_invalid: counts.now_invalid + nowInvalid,
    other: counts.other + revisions.length - nowValid - nowInvalid,
    auto_valid: counts.auto_valid + orders.filter(({ autoValid }) => autoValid).length,
  };
}
