import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parseDataPackage } from '../datapackage/parse-data-package.js';
import { typedColumns } from './column-types.js';
import { factRows } from './fact-rows.js';
import { fiscalGeneration, parseFiscalPackage } from './parse-fiscal-package.js';

/** The fiscal part of the profile that others use. The whole of it is never met: its parts want different `profile`s. */
const profile = createRequire(import.meta.url)('datapackage/lib/profiles/fiscal-data-package.json') as {
  allOf: [object, { properties: { model: object } }];
};
const isModelToOthers = new Ajv({ strict: false }).compile(profile.allOf[1].properties.model);

type Json = Record<string, unknown>;

const FIELDS = [
  { name: 'Amount (EUR)', type: 'number' },
  { name: 'Admin 1', type: 'string', osType: 'administrative-classification:generic:level1:code:full' },
  { name: 'Admin 2', type: 'integer', osType: 'administrative-classification:generic:level2:code:part' },
  { name: 'Admin 2 name', type: 'string' },
  { name: 'Year', type: 'integer' },
  { name: 'Supplier', type: 'string' },
  { name: 'Supplier City', type: 'string' },
];
const MODEL = {
  measures: { Amount: { source: 'Amount (EUR)', currency: 'EUR', factor: 1000, direction: 'expenditure' } },
  dimensions: {
    administrator: {
      dimensionType: 'classification',
      primaryKey: ['admin1', 'admin2'],
      attributes: {
        admin1: { source: 'Admin 1' },
        admin2: { source: 'Admin 2', parent: 'admin1' },
        'admin2 name': { source: 'Admin 2 name', labelfor: 'admin2' },
      },
    },
    date: { dimensionType: 'datetime', primaryKey: 'year', attributes: { year: { source: 'Year' } } },
    Amount: {
      primaryKey: ['id'],
      attributes: { id: { source: 'Supplier' }, city: { source: 'Supplier City' } },
    },
  },
};
const PACKAGE = {
  name: 'budget-2024',
  profile: 'fiscal-data-package',
  resources: [
    { name: 'data', profile: 'tabular-data-resource', path: 'data.csv', schema: { fields: FIELDS } },
  ],
  model: MODEL,
};

function parse(descriptor: Json, owner = 'jane') {
  const { dataPackage, problems } = parseDataPackage(descriptor);
  expect(problems).toEqual([]);
  return parseFiscalPackage(dataPackage!, owner);
}

const fields = (...all: Json[]) => ({
  ...PACKAGE,
  model: undefined,
  resources: [{ ...PACKAGE.resources[0], schema: { fields: all } }],
});

describe('a fiscal package of generation 0.3', () => {
  it('becomes a table and a model', () => {
    const { fiscal } = parse(PACKAGE);
    expect(fiscal).toMatchObject({ generation: '0.3', id: 'jane:budget-2024' });
    expect(fiscal!.columns).toEqual([
      { field: 'Amount (EUR)', column: 'amount_eur', type: 'number', factor: '1000' },
      { field: 'Admin 1', column: 'admin_1', type: 'string' },
      { field: 'Admin 2', column: 'admin_2', type: 'string', parents: ['Admin 1'] },
      { field: 'Admin 2 name', column: 'admin_2_name', type: 'string' },
      { field: 'Year', column: 'year', type: 'integer' },
      { field: 'Supplier', column: 'supplier', type: 'string' },
      { field: 'Supplier City', column: 'supplier_city', type: 'string' },
    ]);
    expect(fiscal!.indexes).toEqual([['admin_1'], ['admin_2', 'admin_2_name'], ['year'], ['supplier']]);
    const attribute = (column: string, label: string, datatype: string) => ({
      column,
      label,
      datatype,
      orig_attribute: label,
    });
    expect(fiscal!.model).toEqual({
      fact_table: 'fdp__jane__budget_2024__f12f4d6b',
      measures: {
        amount: { label: 'Amount', column: 'amount_eur', orig_measure: 'Amount', currency: 'EUR' },
      },
      dimensions: {
        administrator_admin1: {
          label: 'administrator.admin1',
          key_attribute: 'admin1',
          orig_dimension: 'administrator',
          attributes: { admin1: attribute('admin_1', 'admin1', 'string') },
        },
        administrator_admin2: {
          label: 'administrator.admin2',
          key_attribute: 'admin2',
          label_attribute: 'admin2_name',
          orig_dimension: 'administrator',
          attributes: {
            admin2: attribute('admin_2', 'admin2', 'string'),
            admin2_name: attribute('admin_2_name', 'admin2 name', 'string'),
          },
        },
        date: {
          label: 'date',
          key_attribute: 'year',
          orig_dimension: 'date',
          attributes: { year: attribute('year', 'year', 'integer') },
        },
        // The measure has the name already.
        amount_2: {
          label: 'amount_2',
          key_attribute: 'id',
          orig_dimension: 'Amount',
          attributes: {
            id: attribute('supplier', 'id', 'string'),
            city: attribute('supplier_city', 'city', 'string'),
          },
        },
      },
      hierarchies: {
        administrator: { levels: ['administrator_admin1', 'administrator_admin2'] },
        date: { levels: ['date'] },
        amount_2: { levels: ['amount_2'] },
      },
    });
  });

  it('multiplies measures exactly, and puts codes behind those of their parents', () => {
    const { dataPackage } = parseDataPackage(PACKAGE);
    const schema = dataPackage!.resources[0]!.schema;
    if (typeof schema !== 'object') throw new Error('no schema');
    const { fiscal } = parseFiscalPackage(dataPackage!, 'jane');
    const make = factRows(fiscal!.columns, schema);
    expect(make(['0.1234567890123456789', 'A', '7', 'x', '2024', 's', null])).toEqual([
      '123.4567890123456789000',
      'A',
      'A - 7',
      'x',
      '2024',
      's',
      null,
    ]);
    expect(make([null, 'A', null, null, '2024', null, null])).toEqual([
      null,
      'A',
      null,
      null,
      '2024',
      null,
      null,
    ]);
  });

  it.each<[Json, string, boolean]>([
    [{ measures: {} }, 'model.measures', false],
    [{ dimensions: undefined }, 'model.dimensions', true],
    [{ measures: { a: { source: 'Amount (EUR)' } } }, 'model.measures.a.currency', true],
    [{ measures: { a: { source: 'Amount (EUR)', currency: 'euro' } } }, 'model.measures.a.currency', true],
    [{ measures: { a: { source: 'Nothing', currency: 'EUR' } } }, 'model.measures.a.source', false],
    [{ measures: { a: { source: 'Supplier', currency: 'EUR' } } }, 'model.measures.a', false],
    [
      { dimensions: { d: { primaryKey: 'x', attributes: { y: { source: 'Year' } } } } },
      'model.dimensions.d.primaryKey',
      false,
    ],
    [
      { dimensions: { d: { primaryKey: 'x', attributes: { x: { source: 'Jahr' } } } } },
      'model.dimensions.d.attributes.x.source',
      false,
    ],
    [
      { dimensions: { d: { primaryKey: 'x', attributes: { x: { constant: 5 } } } } },
      'model.dimensions.d.attributes.x.source',
      true,
    ],
    [
      {
        dimensions: { d: { primaryKey: 'x', attributes: { x: { source: 'Year', parent: 'constructor' } } } },
      },
      'model.dimensions.d.attributes.x.parent',
      false,
    ],
    [
      {
        dimensions: { d: { dimensionType: 'time', primaryKey: 'x', attributes: { x: { source: 'Year' } } } },
      },
      'model.dimensions.d.dimensionType',
      true,
    ],
  ])('with the model %j is at fault at %s; others know: %s', (changes, path, isKnown) => {
    const descriptor = { ...PACKAGE, model: { ...MODEL, ...changes } };
    const { fiscal, problems } = parse(descriptor);
    expect(fiscal).toBeUndefined();
    expect(problems).toEqual([{ path, message: expect.stringMatching(/^model\..+\.$/) }]);
    expect(isModelToOthers(JSON.parse(JSON.stringify(descriptor.model)))).toBe(!isKnown);
  });

  it('is what others take it for', () => {
    expect(isModelToOthers(MODEL)).toBe(true);
  });
});

describe('a fiscal package of generation 1.0', () => {
  const TYPED = [
    { name: 'Approved', type: 'number', columnType: 'value', currency: 'EUR', format: 'default' },
    {
      name: 'Dept',
      type: 'string',
      columnType: 'administrative-classification:generic:level1:code',
      title: 'Department',
    },
    { name: 'Dept name', type: 'string', columnType: 'administrative-classification:generic:level1:label' },
    { name: 'Unit', type: 'string', columnType: 'administrative-classification:generic:level2:code:part' },
    { name: 'Year', type: 'integer', columnType: 'date:fiscal-year' },
    { name: 'Note', type: 'string' },
    { name: 'YEAR', type: 'string', columnType: 'recipient:generic:name' },
  ];

  it('becomes a table of its typed columns, with a hierarchy for each kind', () => {
    const { fiscal } = parse(fields(...TYPED));
    expect(fiscal!.generation).toBe('1.0');
    expect(fiscal!.columns.map(({ column }) => column)).toEqual([
      'approved',
      'dept',
      'dept_name',
      'unit',
      'year',
      'year_1',
    ]);
    expect(fiscal!.model.measures).toEqual({
      approved: { label: 'Approved', column: 'approved', orig_measure: 'Approved', currency: 'EUR' },
    });
    expect(fiscal!.model.hierarchies).toEqual({
      administrative_classification: { levels: ['dept', 'unit'] },
      date: { levels: ['year'] },
      recipient: { levels: ['year_1'] },
    });
    expect(fiscal!.model.dimensions['dept']).toMatchObject({
      label: 'Department',
      key_attribute: 'dept',
      label_attribute: 'dept_name',
      attributes: { dept: { column: 'dept' }, dept_name: { column: 'dept_name' } },
    });
    expect(fiscal!.indexes).toEqual([['dept', 'dept_name'], ['unit'], ['year'], ['year_1']]);
  });

  it('tells the columns with what else their fields say', () => {
    const { dataPackage } = parseDataPackage(fields(...TYPED));
    const schema = dataPackage!.resources[0]!.schema;
    expect(typedColumns(schema as never)[0]).toEqual({
      field: 'Approved',
      header: 'approved',
      columnType: 'value',
      kind: 'value',
      options: { currency: 'EUR' },
    });
  });

  it.each<[Json[], string]>([
    [[{ name: 'a', columnType: 'date:year' }], 'resources[0].schema.fields'],
    [[{ name: 'a', type: 'string', columnType: 'value' }], 'resources[0].schema.fields[0].columnType'],
    [
      [
        { name: 'a', type: 'number', columnType: 'value' },
        { name: 'b', columnType: 'a b' },
      ],
      'resources[0].schema.fields[1].columnType',
    ],
    [[{ name: 'a' }], 'model'],
  ])('with the fields %j is at fault at %s', (all, path) => {
    expect(parse(fields(...all)).problems).toEqual([{ path, message: expect.any(String) }]);
  });
});

describe('the generation of a descriptor', () => {
  it('is told by its model, or by its fields', () => {
    expect(
      [PACKAGE, fields({ name: 'a', columnType: 'value' }), fields({ name: 'a' }), {}].map(fiscalGeneration),
    ).toEqual(['0.3', '1.0', undefined, undefined]);
  });
});
