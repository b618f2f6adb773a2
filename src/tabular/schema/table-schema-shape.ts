import { Shape } from '../shape.js';

/** As many columns as a table of PostgreSQL could not have, but a file may. */
export const MAX_FIELDS = 10_000;

const TEXTS = { type: 'array', minItems: 1, maxItems: 1000, items: { type: 'string' } } as const;
const NAMES = { type: ['string', 'array'], minItems: 1, maxItems: 100, items: { type: 'string' } } as const;
const COUNT = { type: 'integer', minimum: 0, description: 'Give a count, 0 or more.' } as const;
const SIGN = {
  type: 'string',
  minLength: 1,
  maxLength: 1,
  description: 'Give one character.',
} as const;

/** The shape of a Table Schema. What the types and constraints of its fields mean is checked apart from it. */
export const TABLE_SCHEMA_SHAPE = new Shape({
  type: 'object',
  required: ['fields'],
  properties: {
    fields: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_FIELDS,
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: {
            type: 'string',
            pattern: '\\S',
            maxLength: 1000,
            description: 'Give the name of the column.',
          },
          type: { type: 'string' },
          format: { type: 'string', minLength: 1, maxLength: 100, description: 'Give a format of the type.' },
          title: { type: 'string' },
          description: { type: 'string' },
          rdfType: { type: 'string' },
          bareNumber: { type: 'boolean' },
          decimalChar: SIGN,
          groupChar: SIGN,
          trueValues: TEXTS,
          falseValues: TEXTS,
          constraints: {
            type: 'object',
            properties: {
              required: { type: 'boolean' },
              unique: { type: 'boolean' },
              minimum: { type: ['string', 'number'] },
              maximum: { type: ['string', 'number'] },
              minLength: COUNT,
              maxLength: COUNT,
              pattern: { type: 'string' },
              enum: { type: 'array', minItems: 1, maxItems: 10_000 },
            },
          },
        },
      },
    },
    missingValues: { type: 'array', maxItems: 1000, items: { type: 'string' } },
    primaryKey: NAMES,
    foreignKeys: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        required: ['fields', 'reference'],
        properties: {
          fields: NAMES,
          reference: {
            type: 'object',
            required: ['fields'],
            properties: { resource: { type: 'string' }, fields: NAMES },
          },
        },
      },
    },
  },
});
