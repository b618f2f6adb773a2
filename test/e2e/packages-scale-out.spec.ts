import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient } from '../support/package-client.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';
import { uploader } from '../support/uploads.js';

const LONG = '1234567890123456789012345678901234567890.0123456789';
/** Of each type, values as a CSV file has them, and as JSON has them. */
const VALUES: readonly [type: string, written: string, read: string][] = [
  ['string', '\\N', '"\\\\N"'],
  ['string', '\\.', '"\\\\."'],
  ['string', '"a,""b""\nc"', '"a,\\"b\\"\\nc"'],
  ['string', '"tab\there\\"', '"tab\\there\\\\"'],
  ['string', 'ä🙂', '"ä🙂"'],
  ['integer', '-9223372036854775808', '-9223372036854775808'],
  ['number', `-${LONG}`, `-${LONG}`],
  ['number', 'NaN', '"NaN"'],
  ['boolean', 'true', 'true'],
  ['date', '0001-01-01', '"0001-01-01"'],
  ['time', '23:59:59', '"23:59:59"'],
  ['datetime', '2024-02-29T23:59:59Z', '"2024-02-29T23:59:59Z"'],
  ['year', '2024', '2024'],
  ['object', '"{""a"":1.50,""b"":""c\\\\n""}"', '{"a": 1.50, "b": "c\\\\n"}'],
  ['geopoint', '"90.50,-75.25"', '[90.50, -75.25]'],
  ['any', '', 'null'],
];

/** COPY has escapes of its own, which the embedded database does not. */
describeWith('postgres')('packages in PostgreSQL', () => {
  let postgres: PostgresServer;
  let app: TestApp;
  let url: string;
  let client: PackageClient;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    url = await postgres.createDatabase();
    app = await startApp({ DATABASE_URL: url, JOBS_IN_API: 'true', JOB_POLL: '100' });
    client = new PackageClient(app, await uploader(app, 'ann'));
  });
  afterAll(async () => {
    await app?.close();
    await postgres?.stop();
  });

  it('hold the values of all types as they are', async () => {
    const fields = VALUES.map(([type], index) => ({ name: `f${index}`, type }));
    const line = (texts: readonly string[]) => `${texts.join(',')}\n`;
    const csv = line(fields.map(({ name }) => name)) + line(VALUES.map(([, written]) => written)).repeat(3);
    const resource = { name: 'data', path: 'data.csv', schema: { fields } };
    expect(await client.loadResources('values', [resource], { 'data.csv': csv })).toEqual({
      status: 'done',
      progress: 3,
    });
    const row = `{${VALUES.map(([, , read], index) => `"f${index}":${read}`).join(',')}}`;
    expect(await client.rows('values', 'data')).toContain(`"data":[${row},${row},${row}]`);
  });

  it('change at once for those who read by SQL, under a name that stays', async () => {
    const resource = (n: number) => ({
      name: 'data',
      data: [{ n }],
      schema: { fields: [{ name: 'n', type: 'integer' }] },
    });
    const views = () =>
      postgres.execute<{ name: string }>(
        `select table_name as name from information_schema.views where table_name like 'fdp\\_\\_%views%'`,
        url,
      );
    await client.loadResources('views', [resource(1)]);
    const [view] = await views();
    const rows = () => postgres.execute(`select _id, n from package_data."${view!.name}"`, url);
    expect(await rows()).toEqual([{ _id: '1', n: '1' }]);
    await client.loadResources('views', [resource(2)]);
    expect(await views()).toEqual([view]);
    expect(await rows()).toEqual([{ _id: '1', n: '2' }]);
  });
});
