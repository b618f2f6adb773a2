import { describe, expect, it } from '@jest/globals';
import { countOn, NO_COUNTS, revise, type StoredOrder } from './order-revision.js';
import { judgeOf, RULES } from '../rules/order-rules.js';

const judge = judgeOf({ allowedAge: 21, invalidStates: ['PA'], validators: RULES }, '2026-06-15');
const order = (columns: Partial<StoredOrder>): StoredOrder => ({
  id: 1,
  state: 'WA',
  email: 'a@example.com',
  zipcode: '11111',
  birthday: '1960-01-01',
  valid: true,
  autoValid: false,
  errors: null,
  rowVersion: '1',
  ...columns,
});
const revised = (columns: Partial<StoredOrder>) => {
  const revision = revise(order(columns), judge);
  return revision && { before: revision.before, after: revision.after };
};
const EMAIL = { rule: 'email_pattern' } as const;
const PA = { rule: 'allowed_state', params: { state: 'PA' } } as const;

describe('an order that is judged again', () => {
  it('is let be where nothing changes', () => {
    expect(revised({})).toBeUndefined();
    expect(revised({ errors: [] })).toBeUndefined();
    expect(revised({ state: 'PA', valid: false, errors: [PA] })).toBeUndefined();
    // The database orders the names of an object otherwise.
    const backwards = { params: { state: 'PA' }, rule: 'allowed_state' } as const;
    expect(revised({ state: 'PA', valid: false, errors: [backwards] })).toBeUndefined();
  });

  it.each<[string, Partial<StoredOrder>, unknown, unknown]>([
    [
      'becomes valid',
      { valid: false, errors: [EMAIL] },
      { valid: false, errors: [EMAIL] },
      { valid: true, errors: [] },
    ],
    ['becomes invalid', { state: 'PA' }, { valid: true, errors: [] }, { valid: false, errors: [PA] }],
    [
      'breaks other rules',
      { state: 'PA', valid: false, errors: [EMAIL] },
      { errors: [EMAIL] },
      { errors: [PA] },
    ],
    ['has its zipcode cleaned', { zipcode: '1-1111' }, { zipcode: '1-1111' }, { zipcode: '11111' }],
    ['was said to be invalid without a reason', { valid: false }, { valid: false }, { valid: true }],
  ])('that %s is told of by what differs only', (_, columns, before, after) => {
    expect(revised(columns)).toEqual({ before, after });
  });

  it('is counted by what became of it', () => {
    const orders = [
      order({ valid: false, errors: [EMAIL] }),
      order({ state: 'PA' }),
      order({ zipcode: '1-1111' }),
      order({ state: 'PA', valid: false, errors: [EMAIL] }),
      order({}),
      order({ autoValid: true }),
    ];
    const revisions = orders.slice(0, 5).flatMap((one) => revise(one, judge) ?? []);
    const once = { checked: 6, changed: 4, now_valid: 1, now_invalid: 1, other: 2, auto_valid: 1 };
    const counts = countOn(NO_COUNTS, orders, revisions);
    expect(counts).toEqual(once);
    expect(countOn(counts, orders, [])).toEqual({ ...once, checked: 12, auto_valid: 2 });
  });
});
