import { describe, expect, it } from '@jest/globals';
import { parseOrderQuery } from './order-query.js';
import { listStatement } from './order-select.js';
import { parseSort, SORTS, writeCursor } from './order-sort.js';

const statement = (query: Record<string, string>, importId?: string) =>
  listStatement(parseOrderQuery(query, 1000), importId);

describe('the statement of a page', () => {
  it.each([
    [{}, '', '', [1000, 0, -(2 ** 31) - 1]],
    [{ sort: 'id', after: '7', limit: '50', offset: '2' }, '', '', [50, 2, 7]],
    [{ valid: '1' }, '.valid', ' and valid = $4', [1000, 0, -(2 ** 31) - 1, true]],
    [{ state: 'NY' }, '.state', ' and state = $4', [1000, 0, -(2 ** 31) - 1, 'NY']],
    [
      { state: 'NY', valid: '0' },
      '.valid.state',
      ' and valid = $4 and state = $5',
      [1000, 0, -(2 ** 31) - 1, false, 'NY'],
    ],
  ])('is prepared for %p', (query, name, filter, values) => {
    const sql = `select id, valid, name from orders where id > $3::bigint${filter} order by id limit $1 offset $2`;
    expect(statement(query)).toEqual({ name: `orders.list${name}`, sql, values });
  });

  it('is not prepared for anything else', () => {
    const others: Record<string, string>[] = [{ fields: 'all' }, { q: 'a' }, { id: '1' }, { sort: '-id' }];
    for (const query of others) expect(statement(query).name).toBeUndefined();
    expect(statement({}, '0199f0de-5f5a-7cc4-8d3e-0123456789ab').name).toBeUndefined();
  });

  it('goes on after a place in the direction of the sort, ties by id in the same', () => {
    expect(statement({ sort: '-id', after: '7' })).toEqual({
      sql: 'select id, valid, name from orders where id < $1::bigint order by id desc limit $2 offset $3',
      values: [7, 1000, 0],
    });
    const sort = parseSort('-name')!;
    const after = writeCursor(sort, { value: 'ann', id: 3 });
    expect(statement({ sort: '-name', after })).toEqual({
      sql:
        'select id, valid, name, lower(name) collate "C" as place from orders' +
        ' where (lower(name) collate "C", id) < ($1::text, $2::int)' +
        ' order by lower(name) collate "C" desc, id desc limit $3 offset $4',
      values: ['ann', 3, 1000, 0],
    });
  });

  it('holds all filters, and nothing of their texts', () => {
    const hostile = `'; drop table orders --`;
    const { sql, values } = statement(
      { name: hostile, email: hostile, zipcode: hostile, q: hostile, valid: '1', state: 'NY', sort: 'state' },
      'the import',
    );
    expect(sql).not.toContain('drop');
    expect(values).toEqual([
      ...[hostile, hostile, hostile, `${hostile}%`, true, 'NY', 'the import'],
      ...[1000, 0],
    ]);
    expect(sql.match(/ and /g)).toHaveLength(6);
  });

  it('sorts by the id at last, always', () => {
    for (const sort of SORTS) {
      const direction = sort.startsWith('-') ? ' desc' : '';
      expect(statement({ sort, fields: 'all' }).sql).toContain(`id${direction} limit`);
    }
  });
});
