import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { parseDataPackage } from './parse-data-package.js';
import { parseDescriptor } from './parse-descriptor.js';
import { pathComplaint } from './resource-path.js';

const oracle = createRequire(import.meta.url)('datapackage') as {
  validate(descriptor: unknown): Promise<{ valid: boolean }>;
};

type Json = Record<string, unknown>;

/** Whether `datapackage` finds a fault, by its profile for tables where there is a schema: only that one looks into it. */
async function oracleRefuses(descriptor: unknown): Promise<boolean> {
  const copy = JSON.parse(JSON.stringify(descriptor)) as Json & { resources?: Json[] };
  const hasSchema =
    Array.isArray(copy.resources) && copy.resources.some(({ schema }) => typeof schema === 'object');
  if (hasSchema) {
    copy['profile'] = 'tabular-data-package';
    for (const resource of copy.resources!) resource['profile'] = 'tabular-data-resource';
  }
  try {
    return !(await oracle.validate(copy)).valid;
  } catch {
    return true;
  }
}
const FIELDS = [
  { name: 'id', type: 'integer' },
  { name: 'amount', type: 'number' },
];
const RESOURCE = { name: 'data', path: 'data.csv', schema: { fields: FIELDS } };
const PACKAGE = { name: 'budget', resources: [RESOURCE] };
const withResource = (changes: Json): Json => ({ ...PACKAGE, resources: [{ ...RESOURCE, ...changes }] });
const withSchema = (changes: Json): Json => withResource({ schema: { fields: FIELDS, ...changes } });
const withField = (field: Json): Json => withSchema({ fields: [...FIELDS, field] });
const paths = (descriptor: unknown) => parseDataPackage(descriptor).problems.map(({ path }) => path);

/** Descriptors with the places of their faults, and whether `datapackage` finds one too. */
const FAULTY: [descriptor: unknown, places: string[], isKnownToOracle: boolean][] = [
  [[], [''], true],
  [{}, ['resources'], true],
  [{ ...PACKAGE, resources: [] }, ['resources'], true],
  [{ ...PACKAGE, resources: {} }, ['resources'], true],
  [{ ...PACKAGE, name: 'My Budget' }, ['name'], true],
  [{ ...PACKAGE, title: 5 }, ['title'], true],
  [{ ...PACKAGE, homepage: 'here' }, ['homepage'], false],
  [{ ...PACKAGE, licenses: [{ name: 'a b' }] }, ['licenses[0].name'], true],
  [{ ...PACKAGE, contributors: [{}] }, ['contributors[0].title'], true],
  [withResource({ name: undefined }), ['resources[0].name'], true],
  [withResource({ path: undefined }), ['resources[0].path'], true],
  [withResource({ data: [[1]] }), ['resources[0].data'], true],
  [withResource({ path: [] }), ['resources[0].path'], true],
  [withResource({ bytes: 'many' }), ['resources[0].bytes'], true],
  [withResource({ hash: 'sha256:xyz' }), ['resources[0].hash'], true],
  [withResource({ schema: 5 }), ['resources[0].schema'], true],
  [withSchema({ fields: 'id' }), ['resources[0].schema.fields'], true],
  [withField({ type: 'string' }), ['resources[0].schema.fields[2].name'], true],
  [withField({ name: 'x', type: 'float' }), ['resources[0].schema.fields[2].type'], true],
  [withField({ name: 'x', format: 'html' }), ['resources[0].schema.fields[2].format'], true],
  [
    withField({ name: 'x', constraints: { minLength: '5' } }),
    ['resources[0].schema.fields[2].constraints.minLength'],
    true,
  ],
  [
    withField({ name: 'x', constraints: { enum: [] } }),
    ['resources[0].schema.fields[2].constraints.enum'],
    true,
  ],
  [withSchema({ foreignKeys: [{ fields: 'id' }] }), ['resources[0].schema.foreignKeys[0].reference'], true],
  [withSchema({ primaryKey: [] }), ['resources[0].schema.primaryKey'], true],
  // What the profile does not look at, but a load would fail on.
  [withField({ name: 'id' }), ['resources[0].schema.fields[2].name'], false],
  [
    withField({ name: 'x', type: 'date', format: 'YYYY-MM-DD' }),
    ['resources[0].schema.fields[2].format'],
    false,
  ],
  [withField({ name: 'x', type: 'date', format: '%Q' }), ['resources[0].schema.fields[2].format'], false],
  [withField({ name: 'x', type: 'date', format: '%d/%m' }), ['resources[0].schema.fields[2].format'], false],
  [
    withField({ name: 'x', constraints: { pattern: '(?=a)' } }),
    ['resources[0].schema.fields[2].constraints.pattern'],
    false,
  ],
  [
    withField({ name: 'x', type: 'integer', constraints: { maxLength: 3 } }),
    ['resources[0].schema.fields[2].constraints.maxLength'],
    false,
  ],
  [
    withField({ name: 'x', type: 'integer', constraints: { minimum: 'a' } }),
    ['resources[0].schema.fields[2].constraints.minimum'],
    false,
  ],
  [
    withField({ name: 'x', type: 'number', groupChar: '.' }),
    ['resources[0].schema.fields[2].groupChar'],
    false,
  ],
  [withSchema({ primaryKey: ['nobody'] }), ['resources[0].schema.primaryKey'], false],
  [
    withSchema({ foreignKeys: [{ fields: 'id', reference: { resource: 'other', fields: 'id' } }] }),
    ['resources[0].schema.foreignKeys[0].reference.resource'],
    false,
  ],
  [withResource({ dialect: { escapeChar: '\\' } }), ['resources[0].dialect.escapeChar'], false],
  [withResource({ encoding: 'klingon' }), ['resources[0].encoding'], false],
  [withResource({ path: '../data.csv' }), ['resources[0].path'], true],
  [
    withResource({ path: ['a.csv', 'file:///etc/passwd'] }),
    ['resources[0].path[1]', 'resources[0].path'],
    false,
  ],
  [withResource({ schema: '../schema.json' }), ['resources[0].schema'], true],
  [{ ...PACKAGE, resources: [RESOURCE, RESOURCE] }, ['resources[1].name'], false],
];

const GOOD: unknown[] = [
  PACKAGE,
  { resources: [RESOURCE] },
  withResource({ schema: undefined }),
  withResource({ path: ['a.csv', 'b/c.csv'] }),
  withResource({ path: 'https://example.org/a.csv?x=1' }),
  withResource({ path: undefined, data: [['id'], [1]], schema: undefined }),
  withResource({ bytes: 5, hash: 'sha256:0aF', encoding: 'utf-8', format: 'csv', mediatype: 'text/csv' }),
  withField({ name: 'x', type: 'date', format: '%d/%m/%Y', constraints: { required: true } }),
  withSchema({
    primaryKey: 'id',
    missingValues: ['', '-'],
    foreignKeys: [{ fields: 'id', reference: { resource: '', fields: 'id' } }],
  }),
];

describe('the descriptor of a data package', () => {
  it.each(FAULTY)('%j is at fault at %j; others know: %s', async (descriptor, places, isKnown) => {
    const { dataPackage, problems } = parseDataPackage(descriptor);
    expect(dataPackage).toBeUndefined();
    expect(problems.map(({ path }) => path)).toEqual(places);
    for (const { message } of problems)
      expect(message).toMatch(/^[\w[\]. -]+ (is|has|cannot|holds|names|leaves|mixes) .+\.$/);
    expect(await oracleRefuses(descriptor)).toBe(isKnown);
  });

  it.each(GOOD)('%j is good', async (descriptor) => {
    expect(parseDataPackage(descriptor)).toMatchObject({ problems: [], dataPackage: { descriptor } });
    expect(await oracleRefuses(descriptor)).toBe(false);
  });

  it.each([
    [{ path: 'a.csv' }, 'csv'],
    [{ path: 'https://example.org/a.XLSX?version=2' }, 'xlsx'],
    [{ path: 'a.txt', mediatype: 'text/csv; charset=utf-8' }, 'csv'],
    [{ path: 'a', profile: 'tabular-data-resource' }, 'csv'],
    [{ path: 'a.csv', format: 'geojson' }, undefined],
    [{ path: 'a.pdf' }, undefined],
    [{ path: undefined, data: [[1]] }, 'inline'],
  ])('of a resource %j says that it is read as %s', (resource, format) => {
    const { dataPackage } = parseDataPackage(withResource({ schema: undefined, ...resource }));
    expect(dataPackage!.resources[0]!.format).toBe(format);
  });

  it('is bounded: ten thousand columns pass, one more does not, and a hundred problems are told of', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `f${index}` }));
    expect(paths(withSchema({ fields: fields(10_000) }))).toEqual([]);
    expect(paths(withSchema({ fields: fields(10_001) }))).toEqual(['resources[0].schema.fields']);
    expect(paths(withSchema({ fields: Array.from({ length: 9000 }, () => ({ name: 5 })) }))).toHaveLength(
      100,
    );
  });

  it('may hold references in a circle, which nobody follows', () => {
    const schema = { fields: FIELDS, $ref: '#/resources/0/schema' };
    expect(paths(withResource({ schema, $ref: '#' }))).toEqual([]);
  });
});

describe('the text of a descriptor', () => {
  it.each([
    ['{', 'not valid JSON'],
    ['[1]', 'not a JSON object'],
    ['{"__proto__": {"name": "x"}}', 'not valid JSON'],
    ['{"a": {"constructor": {"prototype": 1}}}', 'not valid JSON'],
    [`{"a": ${'['.repeat(100)}${']'.repeat(100)}}`, 'nested deeper than 64'],
    [`{"a": ${'['.repeat(1_000_000)}`, 'not valid JSON'],
  ])('%.40s is refused', (text, message) => {
    expect(() => parseDescriptor(Buffer.from(text))).toThrow(message);
  });

  it('that is not UTF-8 is refused; a mark at its beginning is not', () => {
    expect(() => parseDescriptor(Buffer.from('{"title": "Jos\xe9"}', 'latin1'))).toThrow('not valid JSON');
    expect(parseDescriptor(Buffer.from('\ufeff{"name": "x"}'))).toEqual({ name: 'x' });
  });
});

describe('a descriptor of 5 MB with millions of mistakes', () => {
  const MISTAKES: Json[] = [
    withResource({ path: new Array<number>(2_400_000).fill(0) }),
    { ...PACKAGE, keywords: new Array<number>(2_400_000).fill(0) },
    { ...PACKAGE, resources: new Array<object>(1_600_000).fill({}) },
    withSchema({ fields: new Array<object>(1_600_000).fill({}) }),
    withSchema({ missingValues: new Array<number>(2_400_000).fill(0) }),
    { ...PACKAGE, homepage: 'http://' + 'a%'.repeat(2_400_000) },
    { ...PACKAGE, created: '2024'.repeat(1_200_000) },
    { ...PACKAGE, contributors: [{ title: 'x', email: `a@${'a.'.repeat(2_400_000)}` }] },
    withResource({ name: 'a'.repeat(5_000_000) }),
    withResource({ hash: 'a:'.repeat(2_500_000) }),
  ];

  it.each(MISTAKES.map((mistake, index) => [index, mistake] as const))(
    '(%s) is soon refused',
    (_, mistake) => {
      const before = process.memoryUsage().rss;
      const begun = performance.now();
      expect([1, 2]).toContain(parseDataPackage(mistake).problems.length);
      expect(performance.now() - begun).toBeLessThan(1000);
      expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    },
  );

  it('is told all of them where it is small', () => {
    expect(parseDataPackage(withResource({ path: [0, 0, 0], title: 5 })).problems).toHaveLength(4);
  });
});

describe('S8: the path of a resource', () => {
  it.each([
    '../a.csv',
    'a/../../b.csv',
    '%2e%2e/a.csv',
    '%252e%252e%252fa.csv',
    '%25252525252e%2e/a.csv',
    '..%2fa.csv',
    '..%5ca.csv',
    '/etc/passwd',
    '%00/../a',
    'a\\b.csv',
    'C:\\a.csv',
    'c:/a.csv',
    'a\0.csv',
    'file:///etc/passwd',
    'ftp://example.org/a.csv',
    'gopher://example.org/',
    'javascript:alert(1)',
    'http://',
    'https://me:secret@example.org/a.csv',
    'a.csv?x',
    '',
    'a'.repeat(1001),
  ])('%j is refused', (path) => {
    expect(pathComplaint(path)).toMatch(/^[a-z].+\.$/);
  });

  it.each([
    'a.csv',
    'data/2024/a b.csv',
    './a.csv',
    'a..b.csv',
    '100%.csv',
    'http://example.org/a%20b.csv',
    'münchen.csv',
  ])('%j is taken', (path) => expect(pathComplaint(path)).toBeUndefined());
});
