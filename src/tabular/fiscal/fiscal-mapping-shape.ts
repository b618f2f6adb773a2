import { Shape } from '../shape.js';

const TEXT = { type: 'string', minLength: 1, description: 'Give a text.' } as const;

/** The shape of `model` in a Fiscal Data Package 0.3. */
export const FISCAL_MAPPING_SHAPE = new Shape({
  type: 'object',
  required: ['measures', 'dimensions'],
  properties: {
    measures: {
      type: 'object',
      minProperties: 1,
      description: 'Give it one measure at least.',
      additionalProperties: {
        type: 'object',
        required: ['source', 'currency'],
        properties: {
          source: TEXT,
          resource: TEXT,
          currency: {
            type: 'string',
            pattern: '^[A-Z]{3}$',
            description: 'Use a code of ISO 4217, such as EUR.',
          },
          factor: { type: 'number' },
          direction: { enum: ['expenditure', 'revenue'] },
          phase: { enum: ['proposed', 'approved', 'adjusted', 'executed'] },
        },
      },
    },
    dimensions: {
      type: 'object',
      minProperties: 1,
      description: 'Give it one dimension at least.',
      additionalProperties: {
        type: 'object',
        required: ['attributes', 'primaryKey'],
        properties: {
          dimensionType: {
            enum: ['datetime', 'entity', 'classification', 'activity', 'fact', 'location', 'other'],
          },
          classificationType: { enum: ['functional', 'administrative', 'economic'] },
          primaryKey: { type: ['string', 'array'], minItems: 1, maxItems: 100, items: TEXT },
          attributes: {
            type: 'object',
            minProperties: 1,
            maxProperties: 200,
            description: 'Give it one attribute at least.',
            additionalProperties: {
              type: 'object',
              required: ['source'],
              properties: {
                source: TEXT,
                resource: TEXT,
                constant: { type: ['string', 'number'] },
                parent: TEXT,
                labelfor: TEXT,
                keyfor: TEXT,
              },
            },
          },
        },
      },
    },
  },
});

/** `model` of a Fiscal Data Package 0.3, as its descriptor has it. */
export interface FiscalMapping {
  readonly measures: Readonly<Record<string, MappedMeasure>>;
  readonly dimensions: Readonly<Record<string, MappedDimension>>;
}

export interface MappedMeasure {
  readonly source: string;
  readonly resource?: string;
  readonly currency: string;
  readonly factor?: number;
}

export interface MappedDimension {
  readonly primaryKey: string | readonly string[];
  readonly attributes: Readonly<Record<string, MappedAttribute>>;
}

export interface MappedAttribute {
  readonly source: string;
  readonly resource?: string;
  readonly parent?: string;
  readonly labelfor?: string;
  readonly keyfor?: string;
}
