import { describe, expect, it } from '@jest/globals';
import { ORDER_FILTERS } from './order-filters.js';

/** The condition that a filter becomes, and its values; nothing where it is refused. */
function conditionOf(name: string, text: string): [sql: string, ...values: unknown[]] | undefined {
  const values: unknown[] = [];
  const sql = ORDER_FILTERS.get(name)!(text)?.((value) => `$${values.push(value)}`);
  return sql === undefined ? undefined : [sql, ...values];
}

const Q = '(lower(name) collate "C" like lower($1::text) or lower(email) collate "C" like lower($1::text)';

describe('a filter', () => {
  it.each([
    ['id', '5', ['id = any($1::int[])', [5]]],
    ['id', '5,-7,5', ['id = any($1::int[])', [5, -7, 5]]],
    ['id', '5,2147483648,99999999999999999999', ['id = any($1::int[])', [5]]],
    ['id_from', '-3', ['id >= $1::bigint', -3]],
    ['id_to', '9'.repeat(400), ['id <= $1::bigint', Number.MAX_SAFE_INTEGER]],
    ['name', "O'Neill", ['lower(name) collate "C" = lower($1::text)', "O'Neill"]],
    ['email', '', ['lower(email) collate "C" = lower($1::text)', '']],
    ['zipcode', '%', ['zipcode collate "C" = $1::text', '%']],
    ['birthday', '2024-02-29', ['birthday = $1::date', '2024-02-29']],
    ['birthday_from', '0001-01-01', ['birthday >= $1::date', '0001-01-01']],
    ['birthday_to', '9999-12-31', ['birthday <= $1::date', '9999-12-31']],
    [
      'rule',
      'allowed_age,email_state',
      [
        'valid = false and errors @> any($1::jsonb[])',
        ['[{"rule":"allowed_age"}]', '[{"rule":"email_state"}]'],
      ],
    ],
    ['q', 'Mia', [`${Q})`, 'Mia%']],
    ['q', '', [`${Q})`, '%']],
    ['q', '50%_\\', [`${Q})`, '50\\%\\_\\\\%']],
    ['q', '-17', [`${Q} or id = $2::int)`, '-17%', -17]],
    ['q', '2147483648', [`${Q})`, '2147483648%']],
  ])('%s=%s', (name, text, expected) => {
    expect(conditionOf(name, text)).toEqual(expected);
  });

  it.each([
    ['id', ['', ',', '1,', ',1', '1,,2', '1, 2', '1.5', 'x', '+1', Array(101).fill('1').join(',')]],
    ['id_from', ['', 'x', '1.5', '1,2', '1e3']],
    ['id_to', ['', 'x', ' 1', '--1']],
    ['name', ['\0', 'a\0']],
    ['email', ['\0a']],
    ['zipcode', ['1\x001']],
    ['birthday', ['', '1963-2-27', '1963-02-29', '1963-13-01', '0000-01-01', '19630227', '1963-02-27T00:00']],
    ['birthday_from', ['today', '-infinity', '01963-02-27', '1963-02-27\n']],
    ['birthday_to', ['now', 'Feb 27, 1963', '1963-00-10']],
    ['rule', ['', 'age', 'allowed_age,', 'ALLOWED_AGE', 'allowed_age, email_state', 'constructor']],
    ['q', ['\0', 'a\0']],
  ])('%s refuses what it cannot be', (name, texts) => {
    for (const text of texts) expect([text, conditionOf(name, text)]).toEqual([text, undefined]);
  });

  it('takes as many ids as are allowed', () => {
    expect(conditionOf('id', Array(100).fill('1').join(','))![1]).toHaveLength(100);
  });
});
