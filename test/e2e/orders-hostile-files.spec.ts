import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_PASSWORD, send } from '../support/app.js';
import { freePort } from '../support/binaries.js';
import { CompiledServer } from '../support/compiled-server.js';
import { type Envelope, form, IMPORT, ORDER_HEADER } from '../support/orders-client.js';
import { seededBytes } from '../support/orders-file.js';
import { ProcessMemory } from '../support/process-memory.js';

const MB = 1024 ** 2;
const UPLOAD_LIMIT = 110 * MB;
/** What the process may grow by at most, whatever is sent to it. */
const MAX_GROWTH = 300 * MB;
/** How long an import of any of these files may take on a slow machine. */
const MAX_MS = 30_000;

let server: CompiledServer;
let token: string;
let memory: ProcessMemory;
let residentAtFirst: number;
let mostGrowth = 0;
let nextId = 1;
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-hostile-'));

beforeAll(async () => {
  server = await CompiledServer.start({
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
    PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    UPLOAD_LIMIT: String(UPLOAD_LIMIT),
    JOB_POLL: '100',
  });
  const signedIn = await send(`${server.url}/api/v1.0/tokens`, {
    method: 'POST',
    basic: ['admin', ADMIN_PASSWORD],
  });
  ({ token } = (await signedIn.json()) as { token: string });
  // What any import makes the process grow by is not the fault of the files below.
  await imported(ORDER_HEADER + order() + order());
  memory = new ProcessMemory(server.child.pid!);
  memory.takePeak();
  residentAtFirst = memory.now;
});
afterAll(async () => {
  console.log(`the server grew by ${Math.round(mostGrowth / MB)} MB at most`);
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

afterEach(async () => {
  const growth = memory.takePeak() - residentAtFirst;
  mostGrowth = Math.max(mostGrowth, growth);
  expect(growth).toBeLessThan(MAX_GROWTH);
  const begun = performance.now();
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(server.printed).toBe('');
});

/** A line that holds a good order, with an id that no other has. */
function order(delimiter = '|', name = 'Mia Rossi'): string {
  return `${[nextId++, name, 'mia@example.com', 'NY', '10001', '1963-02-27'].join(delimiter)}\n`;
}

/** Every file in the object store. */
function stored(): string[] {
  return readdirSync(join(dataDir, 'storage'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}

function upload(content: string | Buffer, fileName = 'orders.csv'): Promise<Response> {
  return send(server.url + IMPORT, { method: 'PUT', token, body: form(['csv_file', fileName, content]) });
}

interface Outcome {
  readonly result: Record<string, unknown>;
  /** The rejected lines, each as `line code`. */
  readonly rejected: string[];
}

/** Uploads a file and waits for the end of its import. */
async function imported(content: string | Buffer, fileName?: string): Promise<Outcome> {
  const begun = performance.now();
  const answer = await upload(content, fileName);
  expect(answer.status).toBe(200);
  const location = answer.headers.get('location')!;
  for (;;) {
    const { result } = await ask<Record<string, unknown>>(location);
    expect(performance.now() - begun).toBeLessThan(MAX_MS);
    if (['SUCCESS', 'FAILURE'].includes(result['status'] as string)) {
      const errors = await ask<{ line: number; code: string }[]>(
        `${IMPORT}/${location.split('/').at(-1)}/errors`,
      );
      return { result, rejected: errors.result.map(({ line, code }) => `${line} ${code}`) };
    }
    await sleep(50);
  }
}

async function ask<Result>(path: string): Promise<Envelope<Result>> {
  const answer = await send(server.url + path, { token });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Envelope<Result>;
}

/** That two good orders were imported, and the lines told of as rejected. */
function expectBut(outcome: Outcome, ...rejected: string[]): void {
  expect(outcome).toEqual({
    result: expect.objectContaining({ status: 'SUCCESS', imported: 2, rejected: rejected.length }),
    rejected,
  });
}

function expectHeaderFault({ result, rejected }: Outcome, message = /./): void {
  expect(result).toMatchObject({
    status: 'FAILURE',
    error_code: expect.stringMatching(/^ORDER_HEADER_(INVALID|UNREADABLE)$/),
    imported: 0,
    message: expect.stringMatching(message),
  });
  // Of a name of any length only as much is told as somebody can read.
  expect((result['message'] as string).length).toBeLessThan(1_500);
  expect(rejected).toEqual([]);
}

describe('S6, S14: a file that is too much of something', () => {
  const endless = Buffer.alloc(100 * MB, 'x');

  it('has a header of 100 MB', async () => {
    expectHeaderFault(await imported(endless));
  });

  it.each([
    ['', ''],
    ['that begins with a quote', '"'],
  ])('has a line of 100 MB %s between two good ones', async (_, begin) => {
    const file = Buffer.concat(
      [ORDER_HEADER + order() + begin, endless, `\n${order()}`].map((part) => Buffer.from(part)),
    );
    expectBut(await imported(file), '3 CSV_RECORD_TOO_LARGE');
  });

  it('has a line of 100 MB at its end, without a line break', async () => {
    const file = Buffer.concat([Buffer.from(ORDER_HEADER + order() + order()), endless]);
    expectBut(await imported(file), '4 CSV_RECORD_TOO_LARGE');
  });

  it('has 10,000 columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `c${index}`);
    expectHeaderFault(await imported(`${names.join('|')}\n${names.join('|')}\n`), /unknown: c0, c1/);
    expectHeaderFault(
      await imported(`${ORDER_HEADER.trim()}${'|id'.repeat(9_994)}\n${order()}`),
      /repeated: id/,
    );
  });

  it.each(['|', ',', ';', '\t'])('has a line of 10,000 values between %j', async (delimiter) => {
    const header = ORDER_HEADER.replaceAll('|', delimiter);
    const file = [header, order(delimiter), delimiter.repeat(10_000), '\n', order(delimiter)].join('');
    expectBut(await imported(file), '3 FIELD_COUNT');
  });

  it('has 1,000,000 blank lines', async () => {
    expectBut(await imported([ORDER_HEADER, order(), '\n'.repeat(1_000_000), order()].join('')));
    expectBut(await imported([ORDER_HEADER, order(), '\r\n'.repeat(1_000_000), order()].join('')));
  });

  it('has 1,000,000 blank lines before its header', async () => {
    const outcome = await imported(['\n'.repeat(1_000_000), ORDER_HEADER, order(), order()].join(''));
    expectHeaderFault(outcome);
  });

  it('has 200,000 lines of delimiters only', async () => {
    const { result, rejected } = await imported(
      [ORDER_HEADER, order(), '|||||\n'.repeat(200_000), order()].join(''),
    );
    expect(result).toMatchObject({ status: 'SUCCESS', imported: 2, rejected: 200_000 });
    expect(rejected[0]).toBe('3 ID_NOT_INTEGER');
  });

  it('is larger than is allowed, and leaves nothing', async () => {
    const before = stored();
    const answer = await upload(Buffer.alloc(UPLOAD_LIMIT + 1, 'x'));
    expect(answer.status).toBe(413);
    expect(((await answer.json()) as Envelope).message).toContain(String(UPLOAD_LIMIT));
    expect(stored()).toEqual(before);
  });
});

describe('S6: a file that is no file of orders', () => {
  it.each<[string, () => Buffer | string]>([
    ['noise', () => seededBytes(MB)],
    ['a picture', () => Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), seededBytes(50_000)])],
    [
      'a zip archive',
      () => Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1'), seededBytes(50_000)]),
    ],
    [
      'a spreadsheet',
      () => Buffer.concat([Buffer.from('PK\x03\x04\x14\0\x06\0[Content_Types].xml'), seededBytes(50_000)]),
    ],
    ['gzip', () => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), seededBytes(50_000)])],
    ['nothing but NUL', () => Buffer.alloc(MB)],
    ['nothing but quotes', () => '"'.repeat(MB)],
    ['nothing but delimiters', () => '|||||\n'.repeat(1000)],
    ['nothing but commas', () => ','.repeat(MB)],
    ['a mark of UTF-16 and one byte', () => Buffer.from([0xff, 0xfe, 0x69])],
    ['a header with NUL in it', () => `id|na\0me|email|state|zipcode|birthday\n${order()}`],
  ])('holds %s', async (_, content) => {
    expectHeaderFault(await imported(content()));
  });
});

describe('S6: a line that is no order', () => {
  const between = (line: string, delimiter = '|') =>
    [ORDER_HEADER.replaceAll('|', delimiter), order(delimiter), line, '\n', order(delimiter)].join('');
  const good = '|mia@example.com|NY|10001|1963-02-27';

  it.each([
    ['NUL in it', `900001|Mi\0a${good}`, 'CSV_NUL'],
    ['nothing but NUL in it', '\0'.repeat(100_000), 'CSV_NUL'],
    ['an id above the range', `2147483648|Mia${good}`, 'ID_OUT_OF_RANGE'],
    ['an id below the range', `-2147483649|Mia${good}`, 'ID_OUT_OF_RANGE'],
    ['an id of 10,000 digits', `${'9'.repeat(10_000)}|Mia${good}`, 'ID_OUT_OF_RANGE'],
    ['an id in hexadecimal', `0x10|Mia${good}`, 'ID_NOT_INTEGER'],
    ['the 30th of February', '900001|Mia|mia@example.com|NY|10001|Feb 30, 1980', 'BIRTHDAY_INVALID'],
    ['a 29th of February that was not', '900001|Mia|mia@example.com|NY|10001|1900-02-29', 'BIRTHDAY_INVALID'],
    ['half a pair of characters', `900001|Mia|mia@example.com|NY|10001|1963-02-2\ud800`, 'BIRTHDAY_INVALID'],
    ['a name of 100,000 characters', `900001|${'n'.repeat(100_000)}${good}`, 'VALUE_TOO_LONG'],
  ])('has %s', async (_, line, code) => {
    expectBut(await imported(between(line)), `3 ${code}`);
  });

  it.each([',', ';', '\t'])('has quotes in the wrong places, between %j', async (delimiter) => {
    const values = (name: string) =>
      ['900001', name, 'mia@example.com', 'NY', '10001', '1963-02-27'].join(delimiter);
    for (const name of ['Mi"a', '"Mi"a', '"Mia""', '"M"i"a"', '""Mia""'])
      expectBut(
        await imported(between(values(name), delimiter)),
        expect.stringMatching(/^3 CSV_QUOTE_(INVALID|UNCLOSED)$/) as unknown as string,
      );
    expectBut(await imported(between(values('"Mia'), delimiter)), '3 CSV_QUOTE_UNCLOSED');
  });

  it('may hold any quotes in the form of the original', async () => {
    const lines = ['Mi"a', '"Mia', '"Mi"a"'].map((name) => order('|', name));
    expect((await imported(ORDER_HEADER + lines.join(''))).result).toMatchObject({
      imported: 3,
      rejected: 0,
    });
  });
});

describe('S6: a file in a form of its own', () => {
  it.each([
    ['CR', (file: string) => file.replaceAll('\n', '\r')],
    ['CRLF and CR', (file: string) => file.replaceAll('\n', '\r').replace('\r', '\r\n')],
    ['LF and CR', (file: string) => file.replace(/\n$/, '\r')],
    ['CR twice and LF', (file: string) => file.replaceAll('\n', '\r\r\n')],
    ['nothing, after the last line', (file: string) => file.trimEnd()],
  ])('ends its lines with %s', async (_, change) => {
    expectBut(await imported(change(ORDER_HEADER + order() + order())));
  });

  it('has a byte order mark in the middle', async () => {
    expectBut(await imported(`\ufeff${ORDER_HEADER}\ufeff${order()}${order('|', 'Mi\ufeffa')}`));
  });

  it('is UTF-16 cut off within a character', async () => {
    const whole = Buffer.from(`\ufeff${ORDER_HEADER}${order()}${order()}${order()}`, 'utf16le');
    const { result, rejected } = await imported(whole.subarray(0, -3));
    expect(result).toMatchObject({ status: 'SUCCESS', imported: 2, rejected: 1 });
    expect(rejected).toEqual(['4 BIRTHDAY_INVALID']);
  });
});

describe('S8: the name of a file', () => {
  it.each([
    '../../../../tmp/escaped.csv',
    '..\\..\\escaped.csv',
    '/etc/escaped.csv',
    'C:\\escaped.csv',
    '%2e%2e%2f%2e%2e%2fescaped.csv',
    'a\0b\x07\x1b[31m.csv',
    '\u202evsc.escaped.csv',
    `${'n'.repeat(5_000)}.csv`,
    'CON.csv',
    '__proto__.csv',
    "'; drop table orders; --.csv",
  ])('is only told, never used: %j', async (name) => {
    const before = stored();
    const { result } = await imported(ORDER_HEADER + order(), name);
    expect(result).toMatchObject({ status: 'SUCCESS', imported: 1 });
    expect(result['file_name']).toMatch(/^\P{Cc}{1,255}$/u);
    const added = stored().filter((path) => !before.includes(path));
    expect(added.length).toBeGreaterThan(0);
    for (const path of added) expect(path).not.toMatch(/escaped|CON|proto|drop/);
    expect(existsSync('/tmp/escaped.csv')).toBe(false);
  });
});
