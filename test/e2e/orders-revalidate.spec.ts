import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Envelope, expectEnvelope, ORDERS, OrdersClient } from '../support/orders-client.js';
import { signUp } from '../support/people.js';

const RULES = '/acme_orders/api/v1/rules';
const REVALIDATE = `${ORDERS}/revalidate`;
const PENNSYLVANIA = '[{"rule": "allowed_state", "params": {"state": "PA"}}]';

interface State {
  valid?: boolean;
  zipcode?: string;
  errors?: { rule: string; message: string }[];
}
type Changes = { id: number; order_id: number; before: State; after: State }[];

let app: TestApp;
let ann: OrdersClient;
let admin: string;

beforeAll(async () => {
  app = await startApp({ ORDERS_MAX_PAGE: '3', JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
  admin = await app.adminToken();
});
afterAll(() => app.close());
beforeEach(() => app.app.get(Database).execute('truncate orders, order_change, order_rule_set'));

/** Stores an order; by itself it breaks no rule. */
async function store(id: number, columns: Record<string, unknown> = {}): Promise<void> {
  const values = {
    id,
    name: `Customer ${id}`,
    email: 'a@example.com',
    state: 'WA',
    zipcode: '11111',
    birthday: '1960-01-01',
    valid: true,
    ...columns,
  };
  const places = Object.keys(values).map((_, index) => `$${index + 1}`);
  await app.app
    .get(Database)
    .execute(
      `insert into orders (${Object.keys(values).join()}) values (${places.join()})`,
      Object.values(values),
    );
}

const setRules = (parameters: unknown) =>
  ann.ask(RULES, 200, { method: 'PUT', json: { parameters }, token: admin });

/** Starts a re-validation as the administrator and returns where it is told of. */
async function start(query = '', headers: Record<string, string> = {}): Promise<string> {
  const answer = await app.request(REVALIDATE + query, { method: 'POST', token: admin, headers });
  const { result, message } = await expectEnvelope<{ job_id: string; dry_run: boolean }>(answer, 202);
  const location = answer.headers.get('location')!;
  expect(location).toBe(`${REVALIDATE}/${result.job_id}`);
  expect(result.dry_run).toBe(/true|1/.test(query));
  expect(message).toBe('the orders will be checked');
  return location;
}

/** Polls as the administrator until it has ended. */
async function ended(location: string): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 600; tries++) {
    const { result } = await ann.ask(location, 200, { token: admin });
    if (['SUCCESS', 'FAILURE'].includes(result['status'] as string)) return result;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the re-validation did not end within 30 s');
}

const changesOf = async (location: string, query = '', language = 'en') =>
  (
    await ann.ask<Changes>(`${location}/changes${query}`, 200, {
      token: admin,
      headers: { 'accept-language': language },
    })
  ).result;

describe('a walk from changed rules to the orders that they change', () => {
  it('tells first what would change, then changes it', async () => {
    await store(1, { state: 'PA', valid: false, errors: PENNSYLVANIA });
    await store(2, { state: 'KY' });
    await store(3, { state: 'KY', auto_valid: true });
    await store(4, { state: 'CA', email: 'a@Example.org' });
    await store(5);
    await setRules({
      allowed_state: { states: ['KY'] },
      email_state: { endings: { CA: ['@example.org'] } },
    });
    const tried = await start('?dry_run=true');
    const found = {
      status: 'SUCCESS',
      rules_version: 1,
      percent: 100,
      total: 5,
      checked: 5,
      changed: 3,
      now_valid: 1,
      now_invalid: 2,
      other: 0,
      auto_valid: 1,
    };
    expect(await ended(tried)).toEqual({
      ...found,
      dry_run: true,
      message: '5 orders checked, 3 would change',
    });
    expect((await ann.ask(`${ORDERS}/1`)).result['valid']).toBe(false);
    const wanted = await changesOf(tried);

    const done = await start();
    expect(await ended(done)).toEqual({ ...found, dry_run: false, message: '5 orders checked, 3 changed' });
    const changes = await changesOf(done);
    expect(changes.map(({ id: _, ...change }) => change)).toEqual(
      wanted.map(({ id: _, ...change }) => change),
    );
    expect(changes).toEqual([
      {
        id: expect.any(Number),
        order_id: 1,
        before: {
          valid: false,
          errors: [{ rule: 'allowed_state', message: "We don't ship to PA" }],
        },
        after: { valid: true, errors: [] },
      },
      {
        id: expect.any(Number),
        order_id: 2,
        before: { valid: true, errors: [] },
        after: { valid: false, errors: [{ rule: 'allowed_state', message: "We don't ship to KY" }] },
      },
      {
        id: expect.any(Number),
        order_id: 4,
        before: { valid: true, errors: [] },
        after: {
          valid: false,
          errors: [
            {
              rule: 'email_state',
              message: 'customers from CA may not have an email address that ends in @example.org',
            },
          ],
        },
      },
    ]);
    expect((await changesOf(done, '?limit=1', 'pt'))[0]!.before.errors![0]!.message).toBe(
      'não enviamos para PA',
    );
    expect((await ann.ask(`${ORDERS}/1`)).result).toMatchObject({ valid: true, errors: [] });
    expect((await ann.ask(`${ORDERS}/3`)).result).toMatchObject({ valid: true, errors: [] });
    const pt = await ann.ask(`${ORDERS}/4`, 200, { headers: { 'accept-language': 'pt' } });
    expect(pt.result).toMatchObject({
      valid: false,
      errors: [{ message: 'clientes de CA não podem ter um e-mail terminado em @example.org' }],
    });
  });

  it('is told of in Portuguese too, and in the list of jobs', async () => {
    await store(1);
    const location = await start();
    await ended(location);
    const { result } = await ann.ask(location, 200, { token: admin, headers: { 'accept-language': 'pt' } });
    expect(result['message']).toBe('1 pedidos verificados, 0 alterados');
    const job = await app.request(`/api/v1.0/jobs/${location.split('/').at(-1)}`, { token: admin });
    expect(await job.json()).toMatchObject({
      kind: 'orders.revalidate',
      state: 'succeeded',
      progress: { current: 1, total: 1, unit: 'orders' },
    });
  });

  it('of no orders finds nothing', async () => {
    const location = await start();
    expect(await ended(location)).toMatchObject({ total: 0, checked: 0, percent: 100 });
    expect(await changesOf(location)).toEqual([]);
  });

  it('waits, stops and fails as jobs do', async () => {
    const database = app.app.get(Database);
    const location = await start();
    await ended(location);
    const id = location.split('/').at(-1);
    const as = async (assignments: string) => {
      await database.execute(`update job set ${assignments} where id = $1`, [id]);
      return (await ann.ask(location, 200, { token: admin })).result;
    };
    expect(await as(`state = 'cancelled'`)).toMatchObject({
      status: 'FAILURE',
      message: 'the check was cancelled after 0 orders',
    });
    const error = { code: 'X', kind: 'internal', status: 500, message: 'It broke.' };
    expect(await as(`state = 'failed', error = '${JSON.stringify(error)}'::jsonb`)).toMatchObject({
      status: 'FAILURE',
      message: 'It broke.',
    });
    const half = `jsonb_set(jsonb_set(checkpoint, '{total}', '8'), '{counts,checked}', '3')`;
    expect(
      await as(`state = 'queued', run_at = now() + interval '1 hour', checkpoint = ${half}`),
    ).toMatchObject({ status: 'PROGRESS', percent: 37, message: '3 of 8 orders checked' });
    expect(await as('checkpoint = null')).toMatchObject({
      status: 'PENDING',
      percent: 0,
      total: null,
      rules_version: null,
      message: 'the orders will be checked',
    });
    await database.execute('delete from job where id = $1', [id]);
  });
});

describe('the report', () => {
  it('comes page by page', async () => {
    for (let id = 1; id <= 7; id++) await store(id, { state: 'PA' });
    const location = await start('?dry_run=1');
    await ended(location);
    const seen: number[] = [];
    let path: string | undefined = `${location}/changes?limit=2`;
    for (let pages = 0; path !== undefined && pages < 10; pages++) {
      const answer = await app.request(path, { token: admin });
      const { result } = (await answer.json()) as Envelope<Changes>;
      seen.push(...result.map(({ order_id }) => order_id));
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await changesOf(location)).toHaveLength(3);
    expect((await ann.ask(`${location}/changes?limit=x&after=-1`, 400, { token: admin })).message).toBe(
      'limit must be a number; after must be a number',
    );
    expect((await ann.ask(`${location}/changes?format=xml`, 400, { token: admin })).message).toBe(
      'format must be json or csv',
    );
  });

  it('can be downloaded as CSV, which no spreadsheet runs', async () => {
    await store(1, { state: 'PA', email: 'nobody' });
    await store(2, { zipcode: '=11-111' });
    await store(3, {
      state: '=1',
      valid: false,
      errors: '[{"rule": "allowed_state", "params": {"state": "=1"}}]',
    });
    await setRules({ allowed_state: { states: ['PA'] } });
    const location = await start('?dry_run=true');
    await ended(location);
    const answer = await app.request(`${location}/changes?format=csv`, {
      token: admin,
      headers: { 'accept-language': 'pt' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="revalidation-${location.split('/').at(-1)}.csv"`,
    );
    expect(await answer.text()).toBe(
      'order_id,valid_before,valid_after,zipcode_before,zipcode_after,errors_before,errors_after\r\n' +
        '1,true,false,,,,não enviamos para PA; padrão de e-mail incorreto\r\n' +
        "2,,,'=11-111,11111,,\r\n" +
        '3,false,true,,,não enviamos para =1,\r\n',
    );
  });

  it('is downloaded whole, however long it is', async () => {
    await app.app.get(Database).execute(
      `insert into orders (id, name, email, state, zipcode, birthday, valid)
       select n, 'n', 'a@example.com', 'PA', '11111', '1960-01-01', true from generate_series(1, 4500) n`,
    );
    const location = await start();
    expect(await ended(location)).toMatchObject({ checked: 4500, now_invalid: 4500 });
    const text = await (await app.request(`${location}/changes?format=csv`, { token: admin })).text();
    const lines = text.trimEnd().split('\r\n').slice(1);
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(
      Array.from({ length: 4500 }, (_, index) => index + 1),
    );
  });
});

describe('a re-validation that is refused', () => {
  it('because the caller may not', async () => {
    expect((await ann.ask(REVALIDATE, 403, { method: 'POST' })).message).toMatch(/orders\.rules/);
    await ann.ask(REVALIDATE, 401, { method: 'POST', token: 'nonsense' });
    await ann.ask(`${REVALIDATE}/x`, 401, { token: 'nonsense' });
    await ann.ask(`${REVALIDATE}/x/changes`, 401, { token: 'nonsense' });
  });

  it.each(['?dry_run=maybe', '?dry_run=', '?dry_run=true&dry_run=false', '?dry_run=constructor'])(
    'because of %s',
    async (query) => {
      const answer = await ann.ask(REVALIDATE + query, 400, { method: 'POST', token: admin });
      expect(answer.message).toBe('dry_run must be a bool value');
    },
  );

  it('because it is not there, or not the caller’s', async () => {
    const location = await start();
    await ended(location);
    for (const path of [location, `${location}/changes`, `${location}/changes?format=csv`]) {
      await ann.ask(path, 404);
      expect((await app.request(path, { token: admin })).status).toBe(200);
    }
    for (const id of ['x', '1', '0199f0de-5f5a-7cc4-8d3e-0123456789ab', "'--", '%00'])
      await ann.ask(`${REVALIDATE}/${id}`, 404, { token: admin });
    await ann.ask(REVALIDATE, 404); // an order of that name
  });

  it('because the job does something else', async () => {
    const imported = (await ann.upload('id|name|email|state|zipcode|birthday\n')).split('/').at(-1)!;
    expect((await ann.ask(`${REVALIDATE}/${imported}`, 404)).message).toBe('endpoint not found');
    await ann.ask(`${REVALIDATE}/${imported}/changes?format=csv`, 404);
    const location = await start();
    await ann.ask(`${ORDERS}/import/status/${location.split('/').at(-1)}`, 404, { token: admin });
  });

  it('is made once for one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await start('?dry_run=true', headers);
    expect(await start('?dry_run=true', headers)).toBe(first);
    expect((await app.request(REVALIDATE, { method: 'POST', token: admin, headers })).status).toBe(422);
    await ended(first);
  });

  it('but not of those whom an administrator lets, who see their own', async () => {
    await app.app
      .get(Database)
      .execute(`insert into role (name, permissions) values ('clerk', '{orders.rules}')`);
    const { token } = await signUp(app, 'clara', ['clerk']);
    const answer = await app.request(REVALIDATE, { method: 'POST', token });
    const location = answer.headers.get('location')!;
    await ann.ask(location, 200, { token });
    await ended(location);
    const others = await start();
    await ann.ask(others, 404, { token });
    await ended(others);
  });
});
