import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { IMPORT, ORDER_HEADER, ORDERS, OrdersClient } from '../support/orders-client.js';

let app: TestApp;
let ann: OrdersClient;

beforeAll(async () => {
  app = await startApp({ JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
});
afterAll(() => app.close());
beforeEach(async () => {
  await app.app.get(Database).execute('truncate orders, order_import cascade');
});

const line = (id: number, name = `Customer ${id}`) =>
  `${id}|${name}|c${id}@example.com|NY|11111|Feb 27, 1963\n`;
const detail = async (id: number) => (await ann.ask(`${ORDERS}/${id}`)).result;

/** Imports a file, and returns how that ended and what there is to mend. */
async function send(content: string | Buffer, headers: Record<string, string> = {}) {
  const location = await ann.upload(content);
  const status = await ann.ended(location);
  const path = `${IMPORT}/${location.split('/').at(-1)}/errors?format=csv`;
  const answer = await app.request(path, { token: ann.token, headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="orders-to-mend.csv"');
  return { status, csv: await answer.text() };
}

const HEADER =
  'id,name,email,state,zipcode,birthday,rejected_line,rejected_column,rejected_reason,rejected_rest';
const BAD = [
  'x|Bob|bob@example.com|NY|11111|Feb 27, 1963',
  '3|too|few',
  '4|one|too|many|NY|11111|Feb 27, 1963',
  '5|=cmd()|"quoted"@example.com|NY|11111|Feb 30, 1963',
  '6|B\0b|bob@example.com|NY|11111|Feb 27, 1963',
  '-7|+1|@b|New York|11111|Feb 27, 1963',
];

describe('the file to mend', () => {
  it('holds the lines as they stand, and what is wrong with them', async () => {
    const content = `${ORDER_HEADER}${line(1, 'Zoë')}${BAD.join('\n')}\n\n${line(2)}`;
    const { csv } = await send(Buffer.concat([Buffer.from(content), Buffer.from('8|\xe9|a\n', 'latin1')]));
    expect(csv.split('\r\n')).toEqual([
      HEADER,
      'x,Bob,bob@example.com,NY,11111,Feb 27  1963,3,id,the id is not a whole number,',
      '3,too,few,,,,4,,"the line has 3 values, not 6",',
      '4,one,too,many,NY,11111,5,,"the line has 7 values, not 6",Feb 27  1963',
      `5,'=cmd(),"""quoted""@example.com",NY,11111,Feb 30  1963,6,birthday,"the birthday is no date such as Feb 27, 1963 or 1963-02-27",`,
      '6,Bb,bob@example.com,NY,11111,"Feb 27, 1963",7,,the line holds NUL bytes: it is no text,',
      `'-7,'+1,'@b,New York,11111,Feb 27  1963,8,state,the value has more than 2 characters,`,
      '8,é,a,,,,11,,the line is not UTF-8: save the file as UTF-8,',
      '',
    ]);
  });

  it('can be sent again once it is mended', async () => {
    const { status, csv } = await send(ORDER_HEADER + line(1) + BAD.join('\n'));
    expect(status).toMatchObject({ imported: 1, rejected: 6 });
    const again = await send(csv);
    expect(again.status).toMatchObject({ status: 'SUCCESS', imported: 1, rejected: 5 }); // the NUL is gone
    const mended = again.csv
      .replace('x,Bob', '2,Bob')
      .replace('3,too,few,,,', '3,too,few,NY,11111,1963-02-27')
      .replace('4,one,too,many,NY,11111', '4,one too,many,NY,11111,1963-02-27')
      .replace(/,Feb 27 {2}1963\r/, ',\r')
      .replace('Feb 30  1963', '1963-02-28')
      .replace('New York', 'NY');
    const done = await send(mended);
    expect(done.status).toMatchObject({ status: 'SUCCESS', imported: 5, duplicate: 0, rejected: 0 });
    expect(await detail(5)).toMatchObject({ name: '=cmd()', email: '"quoted"@example.com' });
    expect(await detail(-7)).toMatchObject({ name: '+1', email: '@b' });
  });

  it('is the same however far apart the lines are', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) =>
      index % 7000 === 3 || (index > 20_000 && index < 21_500) ? `bad ${index}\n` : line(index),
    );
    const { status, csv } = await send(ORDER_HEADER + lines.join(''));
    const found = csv
      .split('\r\n')
      .flatMap((row) => /^(bad \d+),,,,,,(\d+),/.exec(row)?.slice(1, 3).join(':') ?? []);
    const expected = lines.flatMap((text, index) =>
      text.startsWith('bad') ? `${text.trim()}:${index + 2}` : [],
    );
    expect(found).toEqual(expected);
    expect(status['rejected']).toBe(expected.length);
  });

  it('holds values of another form as they stand there', async () => {
    const file = 'Born;ID;Name;Email;State;Zip;Colour\n1963-02-27;x;"Doe; Ann";a@b.co;NY;11111;red\n';
    const location = await ann.upload(file, '?map=born:birthday,zip:zipcode,colour:-');
    await ann.ended(location);
    const path = `${IMPORT}/${location.split('/').at(-1)}/errors?format=csv`;
    const csv = await (await app.request(path, { token: ann.token })).text();
    expect(csv.split('\r\n')[1]).toBe(
      'x,Doe; Ann,a@b.co,NY,11111,1963-02-27,2,id,the id is not a whole number,',
    );
    expect((await send(csv.replace('x,Doe', '7,Doe'))).status).toMatchObject({ imported: 1 });
    expect(await detail(7)).toMatchObject({ name: 'Doe; Ann' });
  });

  it('keeps the values in their columns where a birthday without quotes is cut at its comma', async () => {
    const file = 'id,birthday,name,email,state,zipcode\nx,Feb 27, 1963,Ann,a@x.com,NY,10001\n';
    const { csv } = await send(file);
    expect(csv.split('\r\n')[1]).toBe(
      'x,Ann,a@x.com,NY,10001,"Feb 27, 1963",2,id,the id is not a whole number,',
    );
  });

  it('is a header where nothing is wrong, and speaks the language of the reader', async () => {
    expect((await send(ORDER_HEADER)).csv).toBe(`${HEADER}\r\n`);
    const { csv } = await send(`${ORDER_HEADER}x\n`, { 'accept-language': 'pt' });
    expect(csv).toMatch(/a linha tem 1 valores/);
    const [task] = (await ann.ask<{ task_id: string }[]>(IMPORT)).result;
    const { message } = await ann.ask(`${IMPORT}/${task!.task_id}/errors?format=xml`, 400);
    expect(message).toBe('format must be json or csv');
  });
});
