import { describe, expect, it } from '@jest/globals';
import type { TableItem } from '../table-item.js';
import { inlineTable } from './inline-table.js';

async function read(data: unknown[]): Promise<TableItem[]> {
  const items: TableItem[] = [];
  for await (const batch of inlineTable(data)) items.push(...batch);
  return items;
}

describe('data in a descriptor', () => {
  it('may be lists, the header first', async () => {
    expect(await read([['a', 'b'], [1, null], ['x', { y: [true] }], 5])).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['1', ''] },
      { line: 3, fields: ['x', '{"y":[true]}'] },
      { line: 4, text: '5', error: { code: 'INLINE_ROW_INVALID', message: expect.any(String) } },
    ]);
  });

  it('may be objects, with the names of the first', async () => {
    expect(await read([{ a: 1, b: 2 }, { b: false }, { a: 'x' }, { c: 1 }])).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['1', '2'] },
      { line: 3, fields: ['', 'false'] },
      { line: 4, fields: ['x'] },
      { line: 5, text: '{"c":1}', error: { code: 'INLINE_ROW_INVALID', message: expect.any(String) } },
    ]);
  });

  it('comes in batches, so that wide rows are never held together', async () => {
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, 1]));
    const sizes: number[] = [];
    for await (const batch of inlineTable([wide, ...Array.from({ length: 99 }, () => ({ f9999: 1 }))])) {
      sizes.push(batch.reduce((sum, { fields }) => sum + (fields?.length ?? 0), 0));
    }
    expect(sizes.length).toBe(50);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(30_000);
  });
});
