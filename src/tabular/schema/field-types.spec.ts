import { describe, expect, it } from '@jest/globals';
import { parseTableSchema } from './parse-table-schema.js';
import { TableCaster } from './table-caster.js';
import { TableErrors } from './table-error.js';
import type { FieldDescriptor } from './table-schema.js';

type Field = Omit<FieldDescriptor, 'name'> & Record<string, unknown>;

function casterOf(descriptor: Record<string, unknown>): TableCaster {
  const { schema, problems } = parseTableSchema(descriptor);
  expect(problems).toEqual([]);
  return new TableCaster(schema!);
}

/** The value of one cell, or the code and the message of its first error. */
function cast(field: Field, text: string): string | null | [string, string] {
  const caster = casterOf({ fields: [{ name: 'a', ...field }] });
  const errors = new TableErrors();
  const row = caster.cast([text], 7, errors);
  return row ? row[0]! : [errors.list[0]!.code, errors.list[0]!.message];
}

const refused = (field: Field, text: string) => {
  const result = cast(field, text);
  return Array.isArray(result) ? result[0] : `taken as ${result}`;
};
const TYPE = 'type-or-format-error';

describe('a cell is cast to canonical text', () => {
  it.each([
    ['integer', '42', '42'],
    ['integer', '+0042', '42'],
    ['integer', '-0', '0'],
    ['integer', ' 7 ', '7'],
    ['integer', '9007199254740993', '9007199254740993'],
    ['integer', '-9223372036854775808', '-9223372036854775808'],
    ['number', '0.1234567890123456789', '0.1234567890123456789'],
    ['number', '+.5', '0.5'],
    ['number', '-00.50', '-0.50'],
    ['number', '5.', '5'],
    ['number', '1e-7', '1e-7'],
    ['number', '-INF', '-Infinity'],
    ['number', 'NaN', 'NaN'],
    ['boolean', 'TRUE', 'true'],
    ['boolean', '0', 'false'],
    ['date', '2024-02-29', '2024-02-29'],
    ['time', '23:59:59', '23:59:59'],
    ['datetime', '2024-02-29T12:00:00Z', '2024-02-29T12:00:00Z'],
    ['year', '2024', '2024'],
    ['yearmonth', '2024-02', '2024-02'],
    ['duration', 'P1Y2M10DT2H30M', 'P1Y2M10DT2H30M'],
    ['geopoint', '90.50, 45.50', '[90.50,45.50]'],
    ['object', ' {"a": 12345678901234567890} ', '{"a": 12345678901234567890}'],
    ['array', '[1, 2]', '[1, 2]'],
    ['geojson', '{"type":"Point","coordinates":[1,2]}', '{"type":"Point","coordinates":[1,2]}'],
    ['any', ' x ', ' x '],
    ['string', ' x ', ' x '],
  ] as const)('%s %j', (type, text, value) => {
    expect(cast({ type }, text)).toBe(value);
  });

  it.each([
    [
      { type: 'integer' },
      '12.5',
      'Row 7, column "a": \'12.5\' is not an integer. Remove the fraction or make the field a number.',
    ],
    [
      { type: 'integer' },
      '9223372036854775808',
      'Row 7, column "a": \'9223372036854775808\' is not an integer of 64 bits. Make the field a number.',
    ],
    [
      { type: 'number' },
      '12,5',
      'Row 7, column "a": \'12,5\' is not a number. Write it with a decimal point, or give the field a decimalChar or groupChar.',
    ],
    [
      { type: 'date' },
      '2023-02-29',
      'Row 7, column "a": \'2023-02-29\' is not a date of the calendar. Check its parts.',
    ],
    [
      { type: 'date', format: '%d/%m/%Y' },
      '2023-02-28',
      'Row 7, column "a": \'2023-02-28\' is not a date of the form %d/%m/%Y. Write it so, or change the format of the field.',
    ],
  ])('%j %s is refused with advice', (field, text, message) => {
    expect(cast(field, text)).toEqual([TYPE, message]);
  });

  it.each([
    ['integer', ''.padEnd(100_000, '9')],
    ['integer', '0x10'],
    ['integer', '1e3'],
    ['integer', '-'],
    ['integer', '\u0661'],
    ['number', '1e401'],
    ['number', '1e999999999'],
    ['number', ''.padEnd(1001, '1')],
    ['number', '.'],
    ['number', '1 000'],
    ['number', 'Infinity'],
    ['date', '0000-01-01'],
    ['date', '2024-1-1'],
    ['time', '24:00:00'],
    ['time', '12:00:60'],
    ['datetime', '2024-01-01 12:00:00'],
    ['year', '24'],
    ['yearmonth', '2024-13'],
    ['duration', 'P'],
    ['duration', 'P1Y2'],
    ['duration', 'PT'],
    ['duration', 'P99999999999Y'],
    ['geopoint', '181,0'],
    ['geopoint', '1,2,3'],
    ['object', '[]'],
    ['object', '{"a":"\\u0000"}'],
    ['object', '{"\\ud800":1}'],
    ['object', '{"a":1e99999}'],
    ['array', '{}'],
    ['array', '['.repeat(65) + ']'.repeat(65)],
    ['array', '['.repeat(100_000)],
    ['geojson', '{"type":"Point","coordinates":[1]}'],
    ['geojson', '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[2,2]]]}'],
  ] as const)('%s %.40s is refused', (type, text) => {
    expect(refused({ type }, text)).toBe(TYPE);
  });

  it.each([
    [{ type: 'string', format: 'email' }, 'a@example.org', 'a@example'],
    [{ type: 'string', format: 'uri' }, 'urn:isbn:0451450523', 'example.org/a'],
    [{ type: 'string', format: 'uuid' }, '123e4567-e89b-42d3-a456-426614174000', '123e4567'],
    [{ type: 'string', format: 'binary' }, 'dGV4dA==', 'dGV4dA='],
    [{ type: 'boolean', trueValues: ['sim'], falseValues: ['não'] }, 'sim', 'true'],
    [{ type: 'geopoint', format: 'array' }, '[90, 45]', '90, 45'],
    [{ type: 'geopoint', format: 'object' }, '{"lon": 90, "lat": 45}', '{"lon": 90}'],
    [
      { type: 'geojson', format: 'topojson' },
      '{"type":"Topology","objects":{},"arcs":[]}',
      '{"type":"Topology"}',
    ],
  ])('%j takes one and not the other', (field, good, bad) => {
    expect(Array.isArray(cast(field, good))).toBe(false);
    expect(refused(field, bad)).toBe(TYPE);
  });
});

describe('numbers in other writings', () => {
  const french: Field = { type: 'number', decimalChar: ',', groupChar: ' ' };
  it.each([
    [french, '1 234 567,50', '1234567.50'],
    [french, '1\u202f234,5', '1234.5'],
    [{ type: 'number', groupChar: ',' }, '12,34,567.8', '1234567.8'],
    [{ type: 'integer', groupChar: '.' }, '-1.234', '-1234'],
    [{ type: 'number', bareNumber: false }, '€ -5.20', '-5.20'],
    [{ type: 'number', bareNumber: false }, '-5.20 EUR', '-5.20'],
    [{ type: 'number', bareNumber: false }, '$.50', '0.50'],
    [{ type: 'number', bareNumber: false, groupChar: ',' }, '$1,234.50 (net)', '1234.50'],
    [{ type: 'integer', bareNumber: false }, '95%', '95'],
  ])('%j %s', (field, text, value) => {
    expect(cast(field, text)).toBe(value);
  });

  it.each([
    // Nobody would see that one and a half had become fifteen.
    [{ type: 'number', groupChar: ',' }, '1,5'],
    [{ type: 'number', groupChar: ',' }, ',123'],
    [{ type: 'number', groupChar: ',' }, '1,,234'],
    [{ type: 'number', decimalChar: ',' }, '1.5'],
    [{ type: 'number', bareNumber: false }, 'EUR'],
    [{ type: 'integer', bareNumber: false }, '1-2'],
  ])('%j refuses %s', (field, text) => {
    expect(refused(field, text)).toBe(TYPE);
  });
});

describe('dates in patterns and in any form', () => {
  it.each([
    ['date', '%d/%m/%Y', '1/12/2024', '2024-12-01'],
    ['date', '%Y', '2024', '2024-01-01'],
    ['date', '%d %B %y', '5 march 98', '1998-03-05'],
    ['date', '%Y-%j', '2024-366', '2024-12-31'],
    ['date', 'fmt:%Y%m%d', '20240131', '2024-01-31'],
    ['time', '%I:%M %p', '12:30 AM', '00:30:00'],
    ['datetime', '%Y-%m-%d %H:%M', '2024-01-31 23:59', '2024-01-31T23:59:00'],
    ['datetime', '%Y-%m-%dT%H:%M:%S.%f%z', '2024-01-01T00:30:00.250+01:00', '2023-12-31T23:30:00.25Z'],
    ['date', 'any', '31.01.2024', '2024-01-31'],
    ['date', 'any', '31/01/2024', '2024-01-31'],
    ['date', 'any', '01/31/2024', '2024-01-31'],
    ['date', 'any', '3/3/2024', '2024-03-03'],
    ['date', 'any', 'Jan 31, 2024', '2024-01-31'],
    ['time', 'any', '9:05', '09:05:00'],
    ['datetime', 'any', '2024-01-31', '2024-01-31T00:00:00'],
    ['datetime', 'any', '31 January 2024 9:05 pm', '2024-01-31T21:05:00'],
    ['datetime', 'any', '2024-01-31T09:05:00.5-02:00', '2024-01-31T11:05:00.5Z'],
    ['datetime', 'any', '2024-01-31 09:05 UTC', '2024-01-31T09:05:00Z'],
  ] as const)('%s %s %s', (type, format, text, value) => {
    expect(cast({ type, format }, text)).toBe(value);
  });

  it.each([
    ['date', 'any', '3/4/2024'],
    ['date', 'any', 'tomorrow'],
    ['date', '%Y-%j', '2023-366'],
    ['date', '%d/%m/%Y', '30/02/2024'],
    ['date', '%d/%m/%Y', '01/02/2024 '.repeat(2)],
    ['datetime', '%Y-%m-%d%z', '0001-01-01+01:00'],
    ['time', '%I:%M %p', '13:00 PM'],
  ] as const)('%s %s refuses %s', (type, format, text) => {
    expect(refused({ type, format }, text)).toBe(TYPE);
  });
});
