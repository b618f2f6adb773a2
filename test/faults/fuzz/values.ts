import fc, { type Arbitrary } from 'fast-check';
import type { ApiDocument, Schema } from './document.js';

/** Texts that programs stumble over: ends of ranges, other alphabets, other languages of the machine. */
const ODD_TEXTS = [
  ...['', ' ', '\t', '\0', 'a\0b', '\ud800', 'a\udfffb', '\ufffe', '💥', 'İ', 'ǆ', 'ß', '\u202e', '\u0301'],
  ...['0', '-0', '+1', '-1', '01', '1.5', '1e3', '1e309', '0x10', '0b1', '1_000', '１', 'NaN', 'Infinity'],
  ...['2147483647', '2147483648', '-2147483648', '-2147483649', '9007199254740993', '9223372036854775808'],
  ...['9'.repeat(40), '9'.repeat(400), `1${'0'.repeat(400)}`, `-${'9'.repeat(1000)}`],
  ...[
    'true',
    'TRUE',
    'yes',
    'null',
    'undefined',
    '[]',
    '{}',
    '[object Object]',
    ',',
    ',,,',
    '1,2,',
    ';',
    '|',
  ],
  ...["'", '"', "' or '1'='1", "'; drop table orders; --", '\\', '\\x00', '$1', '$$', '%', '_', '%25', '%00'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__proto__.admin'],
  ...['../../etc/passwd', '..', '.', '/', '//', '\\\\server\\share', '{{7*7}}', '${7*7}', '<script>', '`id`'],
  ...['0000-00-00', '0001-01-01', '2024-02-30', '9999-12-31', '10000-01-01', '-0001-01-01', '+275760-09-13'],
  ...['1963-02-27T00:00:00Z', 'infinity', 'today', 'epoch', 'NY ', 'ny', 'N', 'NYC'],
  ...['00000000-0000-0000-0000-000000000000', '0199F0DE-5F5A-7CC4-8D3E-0123456789AB'],
  ...['{0199f0de-5f5a-7cc4-8d3e-0123456789ab}', '0199f0de5f5a7cc48d3e0123456789ab', '0199f0de-'],
  ...[
    'x'.repeat(256),
    'x'.repeat(2049),
    'é'.repeat(1200),
    '💥'.repeat(300),
    '('.repeat(500),
    'a:b',
    'a:-',
    ':',
  ],
];

/** A text that nobody foresaw. */
export const oddText: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.bigInt().map(String) },
  { weight: 1, arbitrary: fc.double().map(String) },
);

const nested = (depth: number, inner: unknown = 1): unknown => {
  let value = inner;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

/** A JSON value that nobody foresaw. */
export const oddJson: Arbitrary<unknown> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown[]>(
      ...[null, true, false, 0, -0, -1, 1.5, 1e308, 2 ** 31, 2 ** 53, -(2 ** 63), [], {}, [null], [[]]],
      ...[{ length: 5 }, { toString: 1 }, { then: {} }, { toJSON: 'x' }, { valueOf: null }, { '': '' }],
      ...[nested(60), nested(70), nested(2000), Array(10_000).fill(0), ['a', 'a'], { $ref: '#' }],
    ),
  },
  { weight: 2, arbitrary: oddText },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
);

/** A value of a schema; its example, where it has one, more often than not. */
export function valueOf(document: ApiDocument, written: Schema): Arbitrary<unknown> {
  const schema = document.resolved(written);
  const made = madeValue(document, schema);
  const usual =
    schema.example === undefined
      ? made
      : fc.oneof({ weight: 2, arbitrary: fc.constant(schema.example) }, { weight: 1, arbitrary: made });
  return schema.nullable
    ? fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: fc.constant(null) })
    : usual;
}

function madeValue(document: ApiDocument, schema: Schema): Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const [first, ...others] = schema.anyOf ?? [];
  if (first) return fc.oneof(...[first, ...others].map((one) => valueOf(document, one)));
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -100, max: schema.maximum ?? 1000 });
    case 'number':
      return fc.double({ min: schema.minimum ?? -100, max: schema.maximum ?? 1000, noNaN: true });
    case 'array':
      return fc.array(valueOf(document, schema.items ?? {}), { maxLength: 4 });
    case 'object':
      return objectOf(document, schema);
    default:
      return textOf(schema);
  }
}

function objectOf(
  document: ApiDocument,
  { properties = {}, required = [], additionalProperties }: Schema,
): Arbitrary<unknown> {
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valueOf(document, schema)])),
    { requiredKeys: [...required] },
  );
  if (typeof additionalProperties !== 'object') return named;
  return fc.dictionary(fc.string({ maxLength: 10 }), valueOf(document, additionalProperties), { maxKeys: 2 });
}

function textOf({ format, pattern, maxLength = 20 }: Schema): Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date')
    return fc
      .date({ min: new Date('1900-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { maxLength: 20 });
  return fc.string({ maxLength: Math.min(maxLength, 20) });
}
