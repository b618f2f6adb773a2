import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import { Database } from '../../src/platform/database/database.js';
import { JobsService } from '../../src/jobs/index.js';
import { PRUNE_IMPORTS } from '../../src/orders/imports/prune-imports.job.js';
import { startApp, type TestApp } from '../support/app.js';
import { IMPORT, ORDER_HEADER, ORDERS, OrdersClient, storedUploads } from '../support/orders-client.js';

let app: TestApp;
let ann: OrdersClient;

beforeAll(async () => {
  app = await startApp({ JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
});
afterAll(() => app.close());
beforeEach(async () => {
  await app.app.get(Database).execute('truncate orders, order_import, order_rule_set cascade');
});

const line = (id: number, name = `Customer ${id}`) =>
  `${id}|${name}|c${id}@example.com|NY|11111|Feb 27, 1963\n`;
const taskOf = (location: string) => location.split('/').at(-1)!;
const detail = async (id: number) => (await ann.ask(`${ORDERS}/${id}`)).result;

describe('a file of another form', () => {
  const order = {
    ...{ id: 9, valid: true, name: 'Zoë Doe', email: 'z@example.com', state: 'NY', zipcode: '11111' },
    ...{ errors: [], birthday: 'February 27, 1963' },
  };
  const commas =
    'Birthday,ID,Name,E-Mail,State,Zip Code\r\n"Feb 27, 1963",9,Zoë Doe,z@example.com,NY,11111\r\n';
  const semicolons = 'id;name;email;state;zipcode;birthday\n9;"Zoë Doe";z@example.com;NY;11111;1963-02-27';
  const tabs =
    'id\tname\temail\tstate\tzipcode\tbirthday\n9\tZoë Doe\tz@example.com\tNY\t11111\tFeb 27, 1963';
  const bars = `${ORDER_HEADER}9|Zoë Doe|z@example.com|NY|11111|Feb 27 1963\r`;

  it.each<[string, string | Buffer]>([
    ['commas', commas],
    ['commas in UTF-16', Buffer.from(`\ufeff${commas}`, 'utf16le')],
    ['commas in UTF-16, big-endian', Buffer.from(`\ufeff${commas}`, 'utf16le').swap16()],
    ['commas in Latin-1', Buffer.from(commas, 'latin1')],
    ['semicolons with a mark', `\ufeff${semicolons}`],
    ['semicolons in Latin-1', Buffer.from(semicolons, 'latin1')],
    ['tabs', tabs],
    ['bars', bars],
    ['bars in Latin-1', Buffer.from(bars, 'latin1')],
  ])('is read: %s', async (_, content) => {
    expect(await ann.ended(await ann.upload(content))).toMatchObject({ status: 'SUCCESS', imported: 1 });
    expect(await detail(9)).toEqual(order);
    const { result } = await ann.ask<Record<string, unknown>[]>(IMPORT);
    const sent = Buffer.from(content);
    const sha256 = createHash('sha256').update(sent).digest('hex');
    expect(result[0]).toMatchObject({ sha256, size: sent.length });
  });

  it('is read with the help of a map', async () => {
    const content =
      'Nr;Kunde;email;state;zipcode;Geboren;Farbe\n9;Zoë Doe;z@example.com;NY;11111;1963-02-27;rot';
    const failed = await ann.ended(await ann.upload(content));
    expect(failed).toMatchObject({ status: 'FAILURE', imported: 0 });
    expect(failed['message']).toMatch(
      /unknown: Nr, Kunde, Geboren, Farbe; missing: id, name, birthday.*\?map=/,
    );
    const map = encodeURIComponent('nr:id, Kunde:name ,GEBOREN:birthday,Farbe:-');
    expect(await ann.ended(await ann.upload(content, `?map=${map}`))).toMatchObject({ imported: 1 });
    expect(await detail(9)).toEqual(order);
  });

  it('may be the template, filled in', async () => {
    const answer = await app.request(`${IMPORT}/template`, { token: ann.token });
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="orders-template.csv"');
    const template = await answer.text();
    expect(template).toBe('id,name,email,state,zipcode,birthday\r\n');
    const filled = `${template}9,Zoë Doe,z@example.com,NY,11111,1963-02-27\r\n`;
    expect(await ann.ended(await ann.upload(filled))).toMatchObject({ imported: 1 });
    expect(await detail(9)).toEqual(order);
  });
});

describe('an import', () => {
  it.each([
    ['dry_run=perhaps', 'dry_run must be a bool value'],
    ['on_duplicate=', 'on_duplicate must be skip, update, reject or renumber'],
    ['on_duplicate=skip&on_duplicate=update', 'on_duplicate must be skip, update, reject or renumber'],
    ['map=Kunde', 'map must be a list such as Customer:name,Born:birthday,Colour:-'],
    ['map=Full-Name:name,fullname:email', 'map must be a list such as Customer:name,Born:birthday,Colour:-'],
    ['map=Kunde:colour', 'map must be a list such as Customer:name,Born:birthday,Colour:-'],
    ['again=x&dry_run=1', 'again must be a bool value'],
  ])('is refused with ?%s', async (query, message) => {
    const body = new FormData();
    body.set('csv_file', new Blob([ORDER_HEADER]), 'orders.csv');
    expect((await ann.ask(`${IMPORT}?${query}`, 400, { method: 'PUT', body })).message).toBe(message);
    expect((await ann.ask(IMPORT)).result).toEqual([]);
  });

  it('may only be tried', async () => {
    await ann.ended(await ann.upload(ORDER_HEADER + line(1)));
    const location = await ann.upload(
      `${ORDER_HEADER}${line(1)}${line(2)}x\n`,
      '?dry_run=true&on_duplicate=update',
    );
    expect(await ann.ended(location)).toMatchObject({
      ...{ status: 'SUCCESS', current: 0, dry_run: true, on_duplicate: 'update' },
      ...{ read: 3, imported: 1, updated: 1, valid: 2, rejected: 1 },
      message: 'the file was tried; nothing was stored',
    });
    await ann.ask(`${ORDERS}/2`, 404);
    expect((await ann.ask(`${IMPORT}/${taskOf(location)}/errors`)).result).toMatchObject([{ line: 4 }]);
  });

  it('of a file that was sent twice is one', async () => {
    const file = ORDER_HEADER + line(1);
    const first = await ann.upload(file);
    await ann.ended(first);
    const stored = await storedUploads(app);
    expect(await ann.upload(file)).toBe(first);
    const body = new FormData();
    body.set('csv_file', new Blob([file]), 'other-name.csv');
    const { message } = await ann.ask(IMPORT, 200, { method: 'PUT', body });
    expect(message).toMatch(/^this is the file that was imported last/);
    expect(await storedUploads(app)).toEqual(stored);
    expect((await ann.ask<unknown[]>(IMPORT)).result).toHaveLength(1);
  });

  const another = async () => void (await ann.ended(await ann.upload(ORDER_HEADER + line(2))));
  it.each([
    ['another file came between', another, ''],
    ['it is to be imported otherwise', undefined, '?on_duplicate=update'],
    ['it is to be imported again', undefined, '?again=true'],
  ])('is a new one where %s', async (_, between, parameters) => {
    const file = ORDER_HEADER + line(1);
    const first = await ann.upload(file);
    await ann.ended(first);
    await between?.();
    const second = await ann.upload(file, parameters);
    expect(second).not.toBe(first);
    expect(await ann.ended(second)).toMatchObject({ status: 'SUCCESS', read: 1, imported: 0 });
  });

  it('is a new one where it failed, or somebody else sent the file', async () => {
    const failing = 'no|header\n';
    const first = await ann.upload(failing);
    await ann.ended(first);
    expect(await ann.upload(failing)).not.toBe(first);
    const bob = await OrdersClient.of(app, 'bob');
    const file = ORDER_HEADER + line(1);
    const anns = await ann.upload(file);
    expect(await bob.upload(file)).not.toBe(anns);
  });

  it('is told of by server-sent events', async () => {
    const location = await ann.upload(ORDER_HEADER + line(77)); // no other test's
    const answer = await app.request(`${IMPORT}/${taskOf(location)}/events`, { token: ann.token });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events: { event: string | undefined; data: Record<string, unknown> }[] = [];
    const parser = createParser({
      onEvent: ({ event, data }) =>
        void events.push({ event, data: JSON.parse(data) as Record<string, unknown> }),
    });
    parser.feed(await answer.text());
    const end = { status: 'SUCCESS', imported: 1, percent: 100 };
    expect(events.at(-1)).toMatchObject({ event: 'end', data: end });
    for (const { event } of events.slice(0, -1)) expect(event).toBe('progress');
  });

  it('is held against the rules that hold when it begins', async () => {
    await ann.ended(await ann.upload(ORDER_HEADER + line(1)));
    const json = { parameters: { allowed_age: { age: 120 } } };
    const options = { method: 'PUT', json, token: await app.adminToken() };
    await ann.ask('/acme_orders/api/v1/rules', 200, options);
    expect(await ann.ended(await ann.upload(ORDER_HEADER + line(2)))).toMatchObject({ valid: 0, invalid: 1 });
    expect(await detail(1)).toMatchObject({ valid: true });
    expect((await detail(2))['errors']).toEqual([
      { rule: 'allowed_age', message: 'customers must be at least 120 years old to order alcohol' },
    ]);
    expect((await ann.ask(IMPORT)).result).toMatchObject([{ rules_version: 1 }, { rules_version: 0 }]);
  });

  it('can be cancelled, and gone on with', async () => {
    const lines = Array.from({ length: 60_000 }, (_, id) => line(id));
    const task = taskOf(await ann.upload(ORDER_HEADER + lines.join('')));
    const status = `${IMPORT}/status/${task}`;
    for (let tries = 0; tries < 500 && (await ann.ask(status)).result['current'] === 0; tries++)
      await sleep(10);
    await ann.ask(`${IMPORT}/${task}`, 200, { method: 'DELETE' });
    const cancelled = await ann.ended(status);
    expect(cancelled['status']).toBe('FAILURE');
    expect(cancelled['message']).toMatch(/^the import was cancelled/);
    const stored = cancelled['imported'] as number;
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(60_000);
    const listed = (await ann.ask(IMPORT)).result;
    expect(listed).toMatchObject([{ status: 'FAILURE', imported: stored, ended_at: null }]);
    await ann.ask(`${IMPORT}/${task}`, 409, { method: 'DELETE' });

    await ann.ask(`${IMPORT}/${task}/resume`, 200, { method: 'POST' });
    expect(await ann.ended(status)).toMatchObject({ status: 'SUCCESS', read: 60_000, imported: 60_000 });
    await ann.ask(`${IMPORT}/${task}/resume`, 409, { method: 'POST' });
  });

  it("is nobody else's affair", async () => {
    const task = taskOf(await ann.upload(ORDER_HEADER + line(1)));
    const carl = await OrdersClient.of(app, 'carl');
    expect((await carl.ask(IMPORT)).result).toEqual([]);
    await carl.ask(`${IMPORT}/${task}/errors?format=csv`, 404);
    await carl.ask(`${IMPORT}/${task}/events`, 404);
    await carl.ask(`${IMPORT}/${task}`, 404, { method: 'DELETE' });
    await carl.ask(`${IMPORT}/${task}/resume`, 404, { method: 'POST' });
    const { result } = await carl.ask<unknown[]>(IMPORT, 200, { token: await app.adminToken() });
    expect(result).toMatchObject([{ task_id: task }]);
  });
});

describe('a dry run that is cancelled', () => {
  it('leaves nothing behind once its job is no longer kept', async () => {
    const database = app.app.get(Database);
    const seen = async () =>
      (await database.query<{ count: number }>('select count(*)::int as count from order_import_seen'))[0]!
        .count;
    const lines = Array.from({ length: 40_000 }, (_, id) => line(id));
    const task = taskOf(await ann.upload(ORDER_HEADER + lines.join(''), '?dry_run=true'));
    const status = `${IMPORT}/status/${task}`;
    for (let tries = 0; tries < 500 && (await ann.ask(status)).result['read'] === 0; tries++) await sleep(10);
    await ann.ask(`${IMPORT}/${task}`, 200, { method: 'DELETE' });
    await ann.ended(status);
    const jobs = app.app.get(JobsService);
    const prune = async () => {
      const id = await jobs.enqueue(PRUNE_IMPORTS, {});
      const state = async () => (await jobs.statesOf([id])).get(id);
      for (let tries = 0; tries < 500 && (await state()) !== 'succeeded'; tries++) await sleep(20);
    };
    await prune();
    expect(await seen()).toBeGreaterThan(0); // it may be gone on with
    await database.execute('delete from job where id = $1', [task]);
    await prune();
    expect(await seen()).toBe(0);
  });
});

describe('the imports there were', () => {
  it('are listed page by page, the newest first', async () => {
    for (let id = 1; id <= 5; id++) await ann.ended(await ann.upload(ORDER_HEADER + line(id)));
    const found: unknown[] = [];
    for (let path: string | undefined = `${IMPORT}?limit=2`; path;) {
      const answer = await app.request(path, { token: ann.token });
      const { result } = (await answer.json()) as { result: { sha256: string }[] };
      found.push(...result.map(({ sha256 }) => sha256));
      path = /^<(.+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    const digest = (id: number) =>
      createHash('sha256')
        .update(ORDER_HEADER + line(id))
        .digest('hex');
    expect(found).toEqual([5, 4, 3, 2, 1].map(digest));
    for (const query of ['limit=x', 'after=1']) await ann.ask(`${IMPORT}?${query}`, 400);
  });

  it('keep their counts when their jobs are gone', async () => {
    await ann.ended(await ann.upload(`${ORDER_HEADER}${line(1)}${line(2)}x\n`));
    await app.app.get(Database).execute('delete from job');
    expect((await ann.ask(IMPORT)).result).toMatchObject([
      { status: 'SUCCESS', file_name: 'orders.csv', read: 3, imported: 2, valid: 2, invalid: 0, rejected: 1 },
    ]);
  });
});
