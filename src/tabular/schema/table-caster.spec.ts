import { describe, expect, it } from '@jest/globals';
import { parseDataPackage } from '../datapackage/parse-data-package.js';
import { parseTableSchema } from './parse-table-schema.js';
import { TableCaster, type TableCasterOptions } from './table-caster.js';
import { TableErrors } from './table-error.js';
import type { FieldDescriptor } from './table-schema.js';

type Field = Omit<FieldDescriptor, 'name'> & Record<string, unknown>;

function casterOf(descriptor: Record<string, unknown>, options?: TableCasterOptions): TableCaster {
  const { schema, problems } = parseTableSchema(descriptor);
  expect(problems).toEqual([]);
  return new TableCaster(schema!, options);
}

/** The value of one cell, or the code and the message of its first error. */
function cast(field: Field, text: string, options?: TableCasterOptions): string | null | [string, string] {
  const caster = casterOf({ fields: [{ name: 'a', ...field }] }, options);
  const errors = new TableErrors();
  const row = caster.cast([text], 7, errors);
  return row ? row[0]! : [errors.list[0]!.code, errors.list[0]!.message];
}

const refused = (field: Field, text: string) => {
  const result = cast(field, text);
  return Array.isArray(result) ? result[0] : `taken as ${result}`;
};
const TYPE = 'type-or-format-error';

describe('constraints', () => {
  it.each([
    [{ type: 'integer', constraints: { minimum: 5 } }, '4', 'minimum-constraint'],
    [
      { type: 'integer', constraints: { maximum: '9007199254740992' } },
      '9007199254740993',
      'maximum-constraint',
    ],
    [{ type: 'number', constraints: { maximum: 0.3 } }, '0.30000000000000000001', 'maximum-constraint'],
    [{ type: 'number', constraints: { minimum: 0 } }, 'NaN', 'minimum-constraint'],
    [
      { type: 'date', format: '%d/%m/%Y', constraints: { minimum: '01/06/2024' } },
      '31/05/2024',
      'minimum-constraint',
    ],
    [{ type: 'string', constraints: { minLength: 2 } }, '😀', 'minimum-length-constraint'],
    [{ type: 'array', constraints: { maxLength: 1 } }, '[1,2]', 'maximum-length-constraint'],
    [{ type: 'string', constraints: { pattern: '[A-Z]{2}' } }, 'ABC', 'pattern-constraint'],
    [{ type: 'string', constraints: { enum: ['a', 'b'] } }, 'c', 'enumerable-constraint'],
    [{ type: 'string', constraints: { required: true } }, '', 'required-constraint'],
    [{ type: 'integer', constraints: { required: true } }, '  ', 'required-constraint'],
  ])('%j refuses %s: %s', (field, text, code) => {
    expect(refused(field, text)).toBe(code);
  });

  it.each([
    [{ type: 'number', constraints: { enum: [1, '2.50'] } }, '1.0', '1.0'],
    [{ type: 'number', constraints: { enum: [1, '2.50'] } }, '25e-1', '25e-1'],
    [{ type: 'string', constraints: { maxLength: 1 } }, '😀', '😀'],
    [{ type: 'number', constraints: { minimum: 1, maximum: 1 } }, '1.00', '1.00'],
    [{ type: 'string', constraints: { minLength: 3, pattern: 'x+' } }, '', null],
  ])('%j takes %s', (field, text, value) => {
    expect(cast(field, text)).toBe(value);
  });

  it('tell of all cells of a row and all constraints of a cell', () => {
    const caster = casterOf({
      fields: [
        { name: 'a', constraints: { minLength: 3, pattern: '\\d+' } },
        { name: 'b', type: 'integer' },
      ],
    });
    const errors = new TableErrors();
    expect(caster.cast(['x', 'y'], 2, errors)).toBeUndefined();
    expect(errors.list.map(({ code, column, field, value }) => [code, column, field, value])).toEqual([
      ['minimum-length-constraint', 1, 'a', 'x'],
      ['pattern-constraint', 1, 'a', 'x'],
      [TYPE, 2, 'b', 'y'],
    ]);
  });

  it('find what is not unique, by value and with the row it stands in', () => {
    const caster = casterOf({
      fields: [{ name: 'a', type: 'number', constraints: { unique: true } }, { name: 'b' }, { name: 'c' }],
      primaryKey: ['b', 'c'],
    });
    const errors = new TableErrors();
    const rows = [
      ['1', 'x', 'y'],
      ['1.0', 'x', 'z'],
      ['', 'x', 'y'],
      ['', 'xy', 'q'],
      ['', '', 'y'],
    ];
    const good = rows.map((row, index) => caster.cast(row, index + 2, errors) !== undefined);
    expect(good).toEqual([true, false, false, true, false]);
    expect(errors.list.map(({ code, row, message }) => [code, row, message])).toEqual([
      ['unique-constraint', 3, expect.stringContaining('stands in row 2 too, but is a unique field')],
      ['unique-constraint', 4, expect.stringContaining('row 2 too, but is the primary key')],
      ['required-constraint', 6, expect.any(String)],
    ]);
  });

  it('stop where more would have to be remembered than there is room for', () => {
    const caster = casterOf({ fields: [{ name: 'a' }], primaryKey: 'a' }, { maxUnique: 2 });
    const errors = new TableErrors();
    for (const text of ['a', 'b']) caster.cast([text], 1, errors);
    expect(() => caster.cast(['c'], 3, errors)).toThrow('more than 2 rows');
  });

  it.each(['(a+)+$', '(a|a)*b', '(.*a){20}', '^(a?){50}a{50}$', '[01]*1[01]{400}', '(?:\\pL?){400}'])(
    'S9: the pattern %s does not keep the program busy',
    (pattern) => {
      const caster = casterOf({ fields: [{ name: 'a', constraints: { pattern } }] });
      const begun = performance.now();
      for (const text of ['a'.repeat(50_000) + '!', '01'.repeat(25_000)])
        caster.cast([text], 1, new TableErrors());
      expect(performance.now() - begun).toBeLessThan(2000);
    },
  );

  it.each(['a{500}b{500}c{500}', 'a'.repeat(501), '(?:\\pL?){1000}'])(
    'S9: the pattern %.40s is refused',
    (pattern) => {
      const { problems } = parseTableSchema({ fields: [{ name: 'a', constraints: { pattern } }] });
      expect(problems).toMatchObject([{ path: 'fields[0].constraints.pattern' }]);
    },
  );

  it('S9: the patterns of a package are not compiled without end', () => {
    const withPatterns = (count: number, pattern: (index: number) => string) => ({
      resources: Array.from({ length: count }, (_, index) => {
        const fields = [{ name: 'a', constraints: { pattern: pattern(index) } }];
        return { name: `r${index}`, path: 'a.csv', schema: { fields } };
      }),
    });
    expect(parseDataPackage(withPatterns(300, (index) => `[a-z]{${index % 40}}`)).problems).toEqual([]);
    const costly = [
      (index: number) => `.{0,490}${index}`,
      (index: number) => `(a?b?c?d?e?){999}${index}`,
      (index: number) => `${'(x)'.repeat(100)}(?=${index})`,
    ];
    for (const pattern of costly) {
      const begun = performance.now();
      const { problems } = parseDataPackage(withPatterns(1000, pattern));
      expect(problems.at(-1)!.message).toMatch(/patterns of a package/);
      expect(performance.now() - begun).toBeLessThan(1500);
    }
  });

  it('S9: a schema has a hundred patterns at most', () => {
    const fields = Array.from({ length: 101 }, (_, index) => ({
      name: `f${index}`,
      constraints: { pattern: 'a' },
    }));
    expect(parseTableSchema({ fields: fields.slice(1) }).problems).toEqual([]);
    expect(parseTableSchema({ fields }).problems).toMatchObject([{ path: 'fields' }]);
  });
});

describe('rows', () => {
  it('may have empty cells too many, but neither values too many nor cells too few', () => {
    const caster = casterOf({ fields: [{ name: 'a' }, { name: 'b' }] });
    const errors = new TableErrors();
    expect(caster.cast(['1', '2', ''], 2, errors)).toEqual(['1', '2']);
    expect(caster.cast(['1', '2', '3'], 3, errors)).toBeUndefined();
    expect(caster.cast(['1'], 4, errors)).toBeUndefined();
    expect(errors.list).toMatchObject([
      { code: 'extra-value', row: 3, column: 3, value: '3' },
      { code: 'missing-value', row: 4, column: 2, field: null },
    ]);
  });

  it('of a workbook may end early, and have dates and numbers of their own', () => {
    const fields = [
      { name: 'a', type: 'date', format: '%d/%m/%Y' },
      { name: 'b', type: 'number', decimalChar: ',' },
      { name: 'c', type: 'boolean', trueValues: ['x'], falseValues: ['-'] },
      { name: 'd' },
    ];
    const caster = casterOf({ fields }, { typedCells: true });
    expect(caster.cast(['2024-01-31T00:00:00', '1.5', 'true'], 2, new TableErrors())).toEqual([
      '2024-01-31',
      '1.5',
      'true',
      null,
    ]);
  });

  it('become JSON that keeps every digit', () => {
    const caster = casterOf({
      fields: [
        { name: 'a "b"', type: 'number' },
        { name: 'n', type: 'number' },
        { name: 's' },
        { name: 'o', type: 'object' },
      ],
    });
    const row = caster.cast(['0.10', 'NaN', 'x\n', '{"k": [1]}'], 2, new TableErrors())!;
    expect(caster.toJson(row)).toBe('{"a \\"b\\"":0.10,"n":"NaN","s":"x\\n","o":{"k": [1]}}');
  });

  it('count all errors and keep the first ones, cut and without control characters', () => {
    const caster = casterOf({ fields: [{ name: 'a', type: 'integer' }] });
    const errors = new TableErrors(2);
    for (let row = 2; row < 7; row++) caster.cast([`\u001b[31m${'x'.repeat(500)}`], row, errors);
    expect(errors).toMatchObject({ total: 5, list: { length: 2 } });
    expect(errors.list[0]!.value).toBe(`\ufffd[31m${'x'.repeat(75)}…`);
  });
});
