import { describe, expect, it } from '@jest/globals';
import { type OrderPlace, parseSort, readCursor, SORTS, writeCursor } from './order-sort.js';

const cursor = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

describe('a cursor', () => {
  it.each<[string, OrderPlace]>([
    ['name', { value: '', id: 0 }],
    ['-name', { value: 'o\'neill "x" \\ % ção 日本 🍷', id: -(2 ** 31) }],
    ['email', { value: 'a@b.com', id: 2 ** 31 - 1 }],
    ['state', { value: 'NY', id: 1 }],
    ['-zipcode', { value: '05938', id: 1 }],
    ['birthday', { value: '0001-01-01', id: 1 }],
    ['-birthday', { value: '2024-02-29', id: 1 }],
    ['valid', { value: false, id: 1 }],
  ])('of the sort %s says the place %p, and fits no other sort', (name, place) => {
    const written = writeCursor(parseSort(name)!, place);
    expect(written).toMatch(/^[\w-]+$/);
    for (const other of SORTS) {
      expect(readCursor(parseSort(other)!, written)).toEqual(other === name ? place : undefined);
    }
  });

  it.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('["name","a"').toString('base64url')],
    ['a number', '17'],
    ['null', cursor(null)],
    ['an object', cursor({ 0: 'name', 1: 'a', 2: 1, length: 3 })],
    ['a value too few', cursor(['name', 'a'])],
    ['a value too many', cursor(['name', 'a', 1, 2])],
    ['a NUL', cursor(['name', 'a\0', 1])],
    ['a number for a text', cursor(['name', 5, 1])],
    ['an array for a text', cursor(['name', ['a'], 1])],
    ['a text for an id', cursor(['name', 'a', '1'])],
    ['a fraction for an id', cursor(['name', 'a', 1.5])],
    ['an id that no order has', cursor(['name', 'a', 2 ** 31])],
    ['a huge id', '["name","a",1e400]'],
  ])('is not %s', (_, text) => {
    expect(readCursor(parseSort('name')!, text)).toBeUndefined();
  });

  it.each([
    ['birthday', '1963-02-30'],
    ['birthday', 'infinity'],
    ['birthday', '0000-01-01'],
    ['birthday', true],
    ['valid', 'true'],
    ['valid', null],
  ])('of the sort %s has no value %p', (name, value) => {
    expect(readCursor(parseSort(name)!, cursor([name, value, 1]))).toBeUndefined();
  });

  it('is none where the sort is by id', () => {
    expect(readCursor(parseSort('id')!, cursor(['id', undefined, 1]))).toBeUndefined();
  });
});
