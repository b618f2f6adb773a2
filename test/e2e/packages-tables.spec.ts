import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient } from '../support/package-client.js';
import { uploader } from '../support/uploads.js';
import { workbook } from '../support/workbook.js';

type Files = Readonly<Record<string, string | Buffer>>;

let app: TestApp;
let client: PackageClient;
let made = 0;

beforeAll(async () => {
  app = await startApp({ JOB_POLL: '50' });
  client = new PackageClient(app, await uploader(app, 'ann'));
});
afterAll(() => app?.close());

const schema = (...fields: [name: string, type: string, more?: object][]) => ({
  fields: fields.map(([name, type, more]) => ({ name, type, ...more })),
});
/** Loads one resource; returns how that ended and, where it did, its rows as JSON writes them. */
async function load(resource: object, files: Files = {}): Promise<string> {
  const name = `p${++made}`;
  const ended = await client.loadResources(name, [{ name: 'data', ...resource }], files);
  if (ended.status !== 'done') return ended.error!;
  const page = await client.rows(name, 'data');
  return /"data":(\[.*\]),"next"/s.exec(page)![1]!;
}
const loadCsv = (content: string | Buffer, resource: object) =>
  load({ path: 'data.csv', ...resource }, { 'data.csv': content });

describe('values', () => {
  const LONG = '1234567890123456789012345678901234567890.0123456789';

  it.each<[type: string, written: string[], read: string[]]>([
    [
      'integer',
      ['-9223372036854775808', '9223372036854775807', '-0', '+5'],
      ['-9223372036854775808', '9223372036854775807', '0', '5'],
    ],
    ['number', [LONG, `-${LONG}`, '-1.50', '1e3', '0.1'], [LONG, `-${LONG}`, '-1.50', '1000', '0.1']],
    ['number', ['NaN', 'INF', '-INF'], ['"NaN"', '"Infinity"', '"-Infinity"']],
    ['boolean', ['true', '0', 'False'], ['true', 'false', 'false']],
    ['date', ['2024-02-29', '0001-01-01', '9999-12-31'], ['"2024-02-29"', '"0001-01-01"', '"9999-12-31"']],
    ['time', ['23:59:59', '00:00:00'], ['"23:59:59"', '"00:00:00"']],
    ['datetime', ['2024-02-29T23:59:59Z'], ['"2024-02-29T23:59:59Z"']],
    ['year', ['2024', '0001'], ['2024', '1']],
    ['yearmonth', ['2024-12'], ['"2024-12"']],
    ['duration', ['P1DT12H'], ['"P1DT12H"']],
    ['array', ['"[1,{""a"":[]}]"', '[]'], ['[1, {"a": []}]', '[]']],
    ['object', ['"{""a"":1.50,""b"":""c""}"'], ['{"a": 1.50, "b": "c"}']],
    ['geopoint', ['"90.50,-75.25"'], ['[90.50, -75.25]']],
    [
      'string',
      ['=1+1', '"a,""b""\nc"', ' x ', '\\N', '\\.', 'ä🙂'],
      ['"=1+1"', '"a,\\"b\\"\\nc"', '" x "', '"\\\\N"', '"\\\\."', '"ä🙂"'],
    ],
    ['any', ['5', 'x'], ['"5"', '"x"']],
  ])('of type %s are read back as they are', async (type, written, read) => {
    const rows = await loadCsv(`v,n\n${written.map((value) => `${value},1\n`).join('')}`, {
      schema: schema(['v', type], ['n', 'integer']),
    });
    expect(rows).toBe(`[${read.map((value) => `{"v":${value},"n":1}`).join(',')}]`);
  });

  it('that are missing are null', async () => {
    const rows = await loadCsv('a,b,c\n,-,\n', {
      schema: { ...schema(['a', 'string'], ['b', 'number'], ['c', 'date']), missingValues: ['', '-'] },
    });
    expect(rows).toBe('[{"a":null,"b":null,"c":null}]');
  });

  it.each<[type: string, value: string]>([
    ['integer', '9223372036854775808'],
    ['number', '1e400000'],
    ['number', '1,5'],
    ['boolean', 'perhaps'],
    ['date', '2023-02-29'],
    ['date', '0000-01-01'],
    ['datetime', '2024-01-01T25:00:00Z'],
    ['time', '24:00:00'],
    ['year', '20245678901'],
    ['array', '[1'],
    ['object', '[]'],
  ])('that are no %s, such as %s, are told of by file, row, column and value', async (type, value) => {
    const error = await loadCsv(`v;n\n;1\n${value};2\n`, {
      schema: schema(['v', type], ['n', 'integer']),
      dialect: { delimiter: ';' },
    });
    expect(error).toMatch(
      /^data\.csv: .*[Rr]ow 3, column "v": .+ (Write|Use|Check|Give|Change|Correct|Make) .+\.$/,
    );
    expect(error).toContain(value);
  });

  it('with characters that the database cannot store do not stop a load with an error of ours', async () => {
    const error = await loadCsv('a\nx\0y\n', { schema: schema(['a', 'string']) });
    expect(error).toMatch(/^data\.csv: .*row 2.*NUL/i);
  });
});

describe('tables', () => {
  it('are read in their encoding', async () => {
    const rows = await loadCsv(Buffer.from('name\nCaf\xe9 \x80\n', 'latin1'), {
      encoding: 'windows-1252',
      schema: schema(['name', 'string']),
    });
    expect(rows).toBe('[{"name":"Café €"}]');
    const wrong = await loadCsv(Buffer.from('name\nCaf\xe9\n', 'latin1'), {
      schema: schema(['name', 'string']),
    });
    expect(wrong).toMatch(/^data\.csv: .*UTF-8/);
  });

  it('may be in several files', async () => {
    const files = { 'a.csv': 'v\n1\n', 'b.csv': '2\n3\n' };
    expect(await load({ path: ['a.csv', 'b.csv'], schema: schema(['v', 'integer']) }, files)).toBe(
      '[{"v":1},{"v":2},{"v":3}]',
    );
  });

  it('may have no rows, or nothing at all', async () => {
    expect(await loadCsv('v\n', { schema: schema(['v', 'integer']) })).toBe('[]');
    expect(await loadCsv('', { schema: schema(['v', 'integer']) })).toMatch(/^data\.csv: .+\.$/);
  });

  it('may stand in the descriptor', async () => {
    const common = { schema: schema(['a', 'integer'], ['b', 'string']) };
    expect(await load({ ...common, data: [{ a: 1, b: 'x' }, { a: -2 }] })).toBe(
      '[{"a":1,"b":"x"},{"a":-2,"b":null}]',
    );
    expect(
      await load({
        ...common,
        data: [
          ['a', 'b'],
          [1, null],
        ],
      }),
    ).toBe('[{"a":1,"b":null}]');
    expect(
      await load({
        ...common,
        data: [
          ['a', 'b'],
          ['x', null],
        ],
      }),
    ).toMatch(/^data: .*row 2, column "a": /i);
    expect(await load({ ...common, data: 'a,b\n1,x\n' })).toMatch(
      /^(The descriptor is not valid|No resource)/,
    );
    expect(await load({ ...common, data: [] })).toMatch(/^data: .+\.$/);
    expect(await load({ ...common, data: { a: 1 } })).toMatch(/^(The descriptor is not valid|No resource)/);
  });

  it('may be the sheet of a workbook', async () => {
    const bytes = await workbook({
      sheets: {
        Notes: '<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>',
        Data: '<row r="1"><c r="A1" t="inlineStr"><is><t>v</t></is></c></row><row r="2"><c r="A2"><v>-1.5</v></c></row>',
      },
    });
    const resource = { path: 'data.xlsx', schema: schema(['v', 'number']) };
    expect(await load({ ...resource, dialect: { sheet: 'Data' } }, { 'data.xlsx': bytes })).toBe(
      '[{"v":-1.5}]',
    );
    expect(await load({ ...resource, dialect: { sheet: 'None' } }, { 'data.xlsx': bytes })).toMatch(
      /None.*Data/s,
    );
    expect(await load(resource, { 'data.xlsx': 'v\n1\n' })).toMatch(/workbook|xlsx/i);
    expect(await load(resource, { 'data.xlsx': bytes.subarray(0, 300) })).toMatch(/workbook|xlsx/i);
  });

  it('are not read from a workbook that is a bomb', async () => {
    const bomb = await workbook({
      sheets: {
        Data: `<row r="1"><c r="A1" t="inlineStr"><is><t>${'x'.repeat(60_000_000)}</t></is></c></row>`,
      },
    });
    expect(bomb.length).toBeLessThan(200_000);
    const error = await load({ path: 'data.xlsx', schema: schema(['v', 'string']) }, { 'data.xlsx': bomb });
    expect(error).toMatch(/large|long|compress|unpack|bytes|characters/i);
  });

  it('may not repeat a primary key, nor what is unique', async () => {
    const fields = schema(['a', 'integer'], ['b', 'string', { constraints: { unique: true } }]);
    const keyed = { ...fields, primaryKey: ['a'] };
    expect(await loadCsv('a,b\n1,x\n2,y\n1,z\n', { schema: keyed })).toMatch(
      /^data\.csv: data row 3 has the same a as data row 1\. Remove one/,
    );
    expect(await loadCsv('a,b\n1,x\n2,x\n', { schema: keyed })).toMatch(/the same b as data row 1/);
    const named = { ...schema(['Ação X', 'string'], ['b', 'string']), primaryKey: ['b', 'Ação X'] };
    expect(await loadCsv('Ação X,b\n1,x\n1,x\n', { schema: named })).toMatch(/has the same b, Ação X as/);
    expect(await loadCsv('a,b\n1,\n2,\n', { schema: keyed })).toBe('[{"a":1,"b":null},{"a":2,"b":null}]');
  });

  it('have a value in each field of their primary key', async () => {
    const keyed = { ...schema(['a', 'integer'], ['b', 'string']), primaryKey: ['a', 'b'] };
    expect(await loadCsv('a,b\n1,x\n1,\n', { schema: keyed })).toMatch(
      /^data\.csv: Row 3, column "b": .+needs one\. Fill the cell\.$/,
    );
    expect(await loadCsv('a,b\n,x\n', { schema: { ...keyed, primaryKey: 'a' } })).toMatch(
      /Row 2, column "a"/,
    );
  });

  it('need not have one, nor tell rows apart by it, in a fiscal package', async () => {
    const dept = { columnType: 'administrative-classification:generic:code' };
    const fields = schema(['v', 'number', { columnType: 'value' }], ['dept', 'string', dept]);
    const rows = await loadCsv('v,dept\n1,a\n2,a\n3,\n', { schema: { ...fields, primaryKey: ['dept'] } });
    expect(rows).toBe('[{"v":1,"dept":"a"},{"v":2,"dept":"a"},{"v":3,"dept":null}]');
  });

  it('may have names that SQL does not know, and many columns', async () => {
    const odd = ['select', '_id', 'a"b', 'A"B', 'ä ö', '1', '?', 'x'.repeat(200), 'id', 'ID', 'oid'];
    odd.push('tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid', 'XMIN', 'xmin_2');
    const line = odd.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
    const rows = await loadCsv(`${line}\n${odd.map((_, index) => index).join(',')}\n`, {
      schema: schema(...odd.map((name): [string, string] => [name, 'integer'])),
      dialect: { caseSensitiveHeader: true },
    });
    expect(JSON.parse(rows)).toEqual([Object.fromEntries(odd.map((name, index) => [name, index]))]);
  });

  it.each([
    [1501, 'integer', '9', /^data\.csv has 1501 fields; a table holds 1500 at most\. Put/],
    [
      1500,
      'integer',
      '123456789',
      /^data\.csv has rows with more values than the database keeps in one\. Put/,
    ],
    [1500, 'string', 'abcdefgh', /^data\.csv has rows with more values/],
    [1500, 'boolean', 'true', /^\[{"f0":true,/],
  ])('may have %s columns of %s with %s, or a reason is given', async (count, type, value, result) => {
    const names = Array.from({ length: count }, (_, index) => `f${index}`);
    const fields = names.map((name): [string, string] => [name, type]);
    const csv = `${names.join(',')}\n${names.map(() => value).join(',')}\n`;
    expect(await loadCsv(csv, { schema: schema(...fields) })).toMatch(result);
  });

  it('may be several in a package that is no fiscal one', async () => {
    const resources = [
      { name: 'a', path: 'a.csv', schema: schema(['v', 'integer']) },
      { name: 'readme', path: 'readme.pdf' },
      { name: 'b/c', path: 'b.csv', schema: schema(['w', 'string']) },
    ];
    const files = { 'a.csv': 'v\n1\n2\n', 'b.csv': 'w\nx\n' };
    expect(await client.loadResources('several', resources, files)).toEqual({ status: 'done', progress: 3 });
    expect(await client.rows('several', 'a')).toContain('[{"v":1},{"v":2}]');
    expect(await client.rows('several', 'b/c')).toContain('[{"w":"x"}]');
    const broken = { 'a.csv': 'v\n7\n', 'b.csv': 'w\n"x\n' };
    expect(await client.loadResources('several', resources, broken)).toMatchObject({ status: 'fail' });
    expect(await client.rows('several', 'a')).toContain('[{"v":1},{"v":2}]'); // what was there stays
  });
});
