import { describe, expect, it } from '@jest/globals';
import { parseDataPackage } from '../datapackage/parse-data-package.js';
import { factRows } from './fact-rows.js';
import { parseFiscalPackage } from './parse-fiscal-package.js';

type Json = Record<string, unknown>;

const CODE = 'administrative-classification:generic:level2:code:part';
const FIELDS = [
  { name: 'Amount', type: 'number' },
  { name: 'Admin 1', type: 'string' },
  { name: 'Admin 2', type: 'string', osType: CODE },
];
const MODEL = {
  measures: { Amount: { source: 'Amount', currency: 'EUR' } },
  dimensions: {
    administrator: {
      primaryKey: 'admin2',
      attributes: { admin1: { source: 'Admin 1' }, admin2: { source: 'Admin 2', parent: 'admin1' } },
    },
  },
};
const packageOf = (fields: readonly Json[], model?: Json) => ({
  name: 'budget',
  resources: [{ name: 'data', path: 'data.csv', schema: { fields } }],
  model,
});

function parse(descriptor: Json) {
  const { dataPackage, problems } = parseDataPackage(descriptor);
  expect(problems).toEqual([]);
  return parseFiscalPackage(dataPackage!, 'jane');
}

describe('a fiscal package made to keep the program busy', () => {
  const named = (count: number, field: (index: number) => Json) =>
    Array.from({ length: count }, (_, i) => field(i));

  it('with ten thousand columns is soon planned', () => {
    const all = named(9999, (index) => ({
      name: `a${'-'.repeat(index % 900)}${index}`,
      columnType: `x:l${index}:code`,
    }));
    const same = named(9999, (index) => ({
      name: `a${'-'.repeat(index % 900)}.${'+'.repeat(index / 900)}`,
      columnType: 'x:code',
    }));
    const value = { name: 'v', type: 'number', columnType: 'value' };
    for (const columns of [all, same]) {
      const begun = performance.now();
      expect(parse(packageOf([value, ...columns])).fiscal!.columns).toHaveLength(10_000);
      expect(performance.now() - begun).toBeLessThan(2000);
    }
  });

  it('has no attributes without end', () => {
    const attributes = Object.fromEntries(
      named(20_000, (index) => ({ source: 'Admin 2', parent: `a${index + 1}` })).map((one, index) => [
        `a${index}`,
        one,
      ]),
    );
    const begun = performance.now();
    const dimensions = { d: { primaryKey: 'a0', attributes } };
    const { problems } = parse(packageOf(FIELDS, { ...MODEL, dimensions }));
    expect(problems).toMatchObject([
      { path: 'model.dimensions.d.attributes', message: expect.stringContaining('more than 200 entries') },
    ]);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('has no codes that a long text is put into again and again', () => {
    const { dataPackage } = parseDataPackage(packageOf(FIELDS, MODEL));
    const schema = dataPackage!.resources[0]!.schema as never;
    const { columns } = parseFiscalPackage(dataPackage!, 'jane').fiscal!;
    const row = ['1', 'x'.repeat(1000), '2'];
    expect(() => factRows(columns, schema)(row)).toThrow(/A code of the field "Admin 2" has more than 1000/);
  });
});
