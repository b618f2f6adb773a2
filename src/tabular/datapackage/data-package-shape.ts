import { Shape } from '../shape.js';

/** Most resources of a package. */
export const MAX_RESOURCES = 1000;

const TEXT = { type: 'string' } as const;
const NAME = {
  type: 'string',
  pattern: '^[-a-z0-9._/]+$',
  maxLength: 200,
  description: 'Use lower-case letters, digits, ".", "_", "-" and "/" only.',
} as const;
const EMAIL = { type: 'string', format: 'email' } as const;
const LIST = (properties: Record<string, unknown>, required: string[] = []) => ({
  type: 'array',
  maxItems: 1000,
  items: { type: 'object', required, properties },
});
const SOURCES = LIST({ title: TEXT, path: TEXT, email: EMAIL });
const LICENSES = LIST({
  name: {
    type: 'string',
    pattern: '^[-a-zA-Z0-9._]+$',
    description: 'Use the identifier of an open licence.',
  },
  path: TEXT,
  title: TEXT,
});

/**
 * The shape of a Data Package (Frictionless v1). Lists of keywords, sources and the like may be empty: nothing depends
 * on them. Schemas and dialects have checks of their own.
 */
export const DATA_PACKAGE_SHAPE = new Shape({
  type: 'object',
  required: ['resources'],
  properties: {
    name: NAME,
    id: TEXT,
    profile: TEXT,
    title: TEXT,
    description: TEXT,
    homepage: { type: 'string', format: 'uri' },
    version: TEXT,
    created: { type: 'string', format: 'date-time' },
    image: TEXT,
    keywords: { type: 'array', maxItems: 1000, items: TEXT },
    contributors: LIST({ title: TEXT, path: TEXT, email: EMAIL, role: TEXT, organization: TEXT }, ['title']),
    licenses: LICENSES,
    sources: SOURCES,
    resources: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_RESOURCES,
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: NAME,
          profile: TEXT,
          path: { type: ['string', 'array'], minItems: 1, maxItems: 1000, items: TEXT },
          schema: { type: ['object', 'string'] },
          dialect: { type: ['object', 'string'] },
          title: TEXT,
          description: TEXT,
          format: TEXT,
          mediatype: TEXT,
          encoding: TEXT,
          bytes: { type: 'integer', minimum: 0, description: 'Give the size of the file in bytes.' },
          hash: {
            type: 'string',
            pattern: '^([a-z0-9-]+:)?[0-9a-fA-F]+$',
            maxLength: 300,
            description: 'Write an MD5 in hexadecimal digits, or another hash behind its name: sha256:...',
          },
          licenses: LICENSES,
          sources: SOURCES,
        },
      },
    },
  },
});
