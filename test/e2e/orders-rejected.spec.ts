import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { IMPORT, ORDER_HEADER, OrdersClient } from '../support/orders-client.js';

interface Rejected {
  line: number;
  column: string | null;
  value: string | null;
  code: string;
  message: string;
}

const GOOD = '1|Ann\u00e9|ann@example.com|NY|11111|Feb 27, 1963';
/** Each with what is told of it. */
const BAD: [line: string | Buffer, told: Omit<Rejected, 'line'>][] = [
  [
    'x|Bob|bob@example.com|NY|11111|Feb 27, 1963',
    { column: 'id', value: 'x', code: 'ID_NOT_INTEGER', message: 'the id is not a whole number' },
  ],
  [
    '2147483648|Bob|bob@example.com|NY|11111|Feb 27, 1963',
    {
      column: 'id',
      value: '2147483648',
      code: 'ID_OUT_OF_RANGE',
      message: 'the id is not between -2147483648 and 2147483647',
    },
  ],
  [
    '3|Bob|NY',
    {
      column: null,
      value: '3|Bob|NY',
      code: 'FIELD_COUNT',
      message: 'the line has 3 values, not 6',
    },
  ],
  [
    '4|Bob|bob@example.com|NY|11111|Feb 30, 1980',
    {
      column: 'birthday',
      value: 'Feb 30  1980',
      code: 'BIRTHDAY_INVALID',
      message: 'the birthday is no date such as Feb 27, 1963 or 1963-02-27',
    },
  ],
  [
    '5|Bob|bob@example.com|New York|11111|Feb 27, 1963',
    {
      column: 'state',
      value: 'New York',
      code: 'VALUE_TOO_LONG',
      message: 'the value has more than 2 characters',
    },
  ],
  [
    '6|B\0b|bob@example.com|NY|11111|Feb 27, 1963',
    {
      column: null,
      value: '6|Bb|bob@example.com|NY|11111|Feb 27, 1963',
      code: 'CSV_NUL',
      message: 'the line holds NUL bytes: it is no text',
    },
  ],
  [
    Buffer.from('7|B\xf6b|bob@example.com|NY|11111|Feb 27, 1963', 'latin1'),
    {
      column: null,
      value: '7|Böb|bob@example.com|NY|11111|Feb 27, 1963',
      code: 'CSV_NOT_UTF8',
      message: 'the line is not UTF-8: save the file as UTF-8',
    },
  ],
];

let app: TestApp;
let ann: OrdersClient;
let status: string;
let errors: string;

beforeAll(async () => {
  app = await startApp({ ORDERS_MAX_PAGE: '5', JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
  const lines = [GOOD, ...BAD.map(([line]) => line)].flatMap((line) => [
    Buffer.from(line),
    Buffer.from('\n'),
  ]);
  status = await ann.upload(Buffer.concat([Buffer.from(ORDER_HEADER), ...lines]));
  errors = `${IMPORT}/${status.split('/').at(-1)}/errors`;
  expect(await ann.ended(status)).toMatchObject({ status: 'SUCCESS', imported: 1, rejected: BAD.length });
});
afterAll(() => app.close());

describe('the lines that became no orders', () => {
  it('are told with their place and what is wrong with them, page by page', async () => {
    const expected = BAD.map(([, told], index) => ({ line: index + 3, ...told }));
    const first = await app.request(errors, { token: ann.token });
    expect(((await first.json()) as { result: Rejected[] }).result).toEqual(expected.slice(0, 5));
    const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link')!)![1]!;
    const second = await app.request(next, { token: ann.token });
    expect(((await second.json()) as { result: Rejected[] }).result).toEqual(expected.slice(5));
    expect(second.headers.get('link')).toBeNull();
  });

  it('come in the language of the reader, as many as are asked for', async () => {
    const options = { headers: { 'accept-language': 'pt-BR' } };
    const { result } = await ann.ask<Rejected[]>(`${errors}?limit=1&after=5`, 200, options);
    expect(result).toEqual([
      expect.objectContaining({
        line: 6,
        message: 'a data de nascimento não é uma data como Feb 27, 1963 ou 1963-02-27',
      }),
    ]);
  });

  it.each(['limit=x', 'after=-1', 'limit=1.5&after=1'])('are not told for %s', async (query) => {
    const { message } = await ann.ask(`${errors}?${query}`, 400);
    expect(message).toMatch(/^(limit|after) must be a number$/);
  });

  it('are none after a clean file, and nobody else may see them', async () => {
    const location = await ann.upload(ORDER_HEADER);
    await ann.ended(location);
    expect((await ann.ask(`${IMPORT}/${location.split('/').at(-1)}/errors`)).result).toEqual([]);
    const bob = await OrdersClient.of(app, 'bob');
    await bob.ask(errors, 404);
    await bob.ask(errors, 200, { token: await app.adminToken() });
    await ann.ask(`${IMPORT}/0199f0de-5f5a-7cc4-8d3e-0123456789ab/errors`, 404);
  });
});
