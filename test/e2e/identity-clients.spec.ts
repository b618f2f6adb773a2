import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { ClientsService } from '../../src/identity/clients/clients.service.js';
import { RolesService, systemActor, UsersService } from '../../src/identity/index.js';
import { definePermissions } from '../../src/platform/access/permissions.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { logEverythingTo, logged, stored } from '../support/leaks.js';
import { signUp } from '../support/people.js';

interface Client {
  slug: string;
  title: string;
  client_id: string;
  client_secret: string;
}
type Body = Record<string, unknown>;

let app: TestApp;
let logs: string;
let ann: { token: string; password: string; id: number };
let bob: { token: string; password: string; id: number };
let admin: string;

beforeAll(async () => {
  definePermissions({
    'clients.sample': { about: 'Is there for this test.', everyone: true, clients: true },
  });
  logs = mkdtempSync(join(tmpdir(), 'signalbox-logs-'));
  app = await startApp({ TRUST_PROXY: '127.0.0.1', ...logEverythingTo(logs) });
  [ann, bob] = [await signUp(app, 'ann'), await signUp(app, 'bob')];
  admin = await app.adminToken();
});
afterAll(async () => {
  await app.close();
  rmSync(logs, { recursive: true, force: true });
});

const body = async (answer: Response) => (await answer.json()) as Body;

async function make(token: string, slug: string, scopes?: string[]): Promise<Client> {
  const answer = await app.request(`/api/client/${slug}`, {
    token,
    json: { title: `Client ${slug}`, ...(scopes && { scopes }) },
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { data: Client }).data;
}

function authorize(json: unknown, address = '10.9.0.1', rest: TestRequest = {}): Promise<Response> {
  return app.request('/api/authorize', { json, headers: { 'x-forwarded-for': address }, ...rest });
}

async function jwtOf({ client_id, client_secret }: Client): Promise<string> {
  const answer = await authorize({ client_id, client_secret });
  expect(answer.status).toBe(200);
  return (await body(answer))['jwt'] as string;
}

async function status(path: string, options: TestRequest): Promise<number> {
  const answer = await app.request(path, options);
  await answer.arrayBuffer();
  return answer.status;
}

describe('an API client', () => {
  it('is made with a secret that is shown once, shown without it, and never made twice', async () => {
    const made = await app.request('/api/client/desk', { token: ann.token, json: { title: 'The desk' } });
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { data } = (await made.json()) as { data: Client };
    expect(data).toEqual({
      slug: 'desk',
      title: 'The desk',
      client_id: expect.stringMatching(/^client-[0-9a-f]{24}$/),
      client_secret: expect.stringMatching(/^sbc_[\w-]{43}$/),
    });
    const shown = await app.request('/api/client/desk', { token: ann.token });
    expect([shown.status, await body(shown)]).toEqual([
      200,
      { data: { slug: 'desk', title: 'The desk', client_id: data.client_id } },
    ]);
    for (const token of [ann.token, bob.token]) {
      const again = await app.request('/api/client/desk', { token, json: { title: 'x' } });
      expect([again.status, (await body(again))['code']]).toEqual([400, 'CLIENT_EXISTS']);
    }
  });

  it('is there for its owner and for who manages all, and for nobody else', async () => {
    await make(ann.token, 'private');
    for (const [method, rest, json] of [
      ['GET', '', undefined],
      ['PUT', '', { title: 'x' }],
      ['POST', '/secret', undefined],
      ['DELETE', '', undefined],
    ] as const) {
      const ask = (slug: string, token: string) =>
        app.request(`/api/client/${slug}${rest}`, { method, token, ...(json && { json }) });
      const [foreign, missing] = [await ask('private', bob.token), await ask('nothing', bob.token)];
      expect([method, foreign.status, missing.status]).toEqual([method, 404, 404]);
      const texts = [await body(foreign), await body(missing)].map((one): Body => ({
        ...one,
        requestId: '',
      }));
      expect(texts[0]).toEqual(texts[1]);
      expect(texts[0]!['message']).toBe('The requested resource was not found');
    }
    expect(await status('/api/client/private', { token: admin })).toBe(200);
    expect(await status('/api/client/private', { method: 'DELETE', token: admin })).toBe(204);
  });

  it('is refused 405 with the text of the original where the method is another', async () => {
    const answer = await app.request('/api/client/desk', { method: 'PATCH', token: ann.token });
    expect([answer.status, (await body(answer))['message']]).toEqual([
      405,
      'This method is not allowed for the requested resource',
    ]);
    expect((await body(await app.request('/api/nothing', { token: ann.token })))['message']).toBe(
      'The requested resource was not found',
    );
  });

  it.each([
    ['no title', 'ok', {}],
    ['an empty title', 'ok', { title: ' ' }],
    ['a title that is no text', 'ok', { title: 7 }],
    ['a title with NUL', 'ok', { title: 'a\u0000b' }],
    ['a title of two lines', 'ok', { title: 'a\nb' }],
    ['a very long title', 'ok', { title: 'x'.repeat(201) }],
    ['an unknown scope', 'ok', { title: 'x', scopes: ['orders.steal'] }],
    ['a scope that is no text', 'ok', { title: 'x', scopes: [7] }],
    ['scopes that are no list', 'ok', { title: 'x', scopes: 'orders.read' }],
    ['no scopes at all', 'ok', { title: 'x', scopes: [] }],
    ['too many scopes', 'ok', { title: 'x', scopes: Array(101).fill('orders.read') }],
    ['a field of the row', 'ok', { title: 'x', client_id: 'client-1' }],
    ['an owner', 'ok', { title: 'x', owner: 1 }],
    ['a slug with a blank', 'a b', { title: 'x' }],
    ['a slug with NUL', 'a\u0000b', { title: 'x' }],
    ['a slug with a slash', 'a/b', { title: 'x' }],
    ['a slug that climbs', '..', { title: 'x' }],
    ['a very long slug', 'x'.repeat(65), { title: 'x' }],
    ['SQL as a slug', "'; drop table api_client --", { title: 'x' }],
  ])('is not made with %s', async (_name, slug, json) => {
    const answer = await app.request(`/api/client/${encodeURIComponent(slug).replace('..', '%2e%2e')}`, {
      token: ann.token,
      json,
    });
    expect([answer.status < 500, answer.status >= 400]).toEqual([true, true]);
    if (slug !== '..') expect(answer.status).toBe(400);
    expect(await status('/api/client/ok', { token: ann.token })).toBe(404);
  });

  it('is not made by a body of 10 MB, and others are served', async () => {
    const title = 'x'.repeat(10 * 1024 * 1024);
    expect(await status('/api/client/ok', { token: ann.token, json: { title } })).toBe(413);
    expect((await authorize({ client_id: title, client_secret: 'x' })).status).toBe(413);
    expect(await status('/api/client/desk', { token: ann.token })).toBe(200);
  });

  it('is given no scope that its maker does not hold', async () => {
    for (const scopes of [['users.manage'], ['orders.read', 'audit.read']]) {
      const answer = await app.request('/api/client/greedy', {
        token: ann.token,
        json: { title: 'x', scopes },
      });
      expect([answer.status, (await body(answer))['code']]).toEqual([403, 'PERMISSION_DENIED']);
      await make(ann.token, 'modest', ['orders.read']);
      expect(await status('/api/client/modest', { method: 'PUT', token: ann.token, json: { scopes } })).toBe(
        403,
      );
      await app.request('/api/client/modest', { method: 'DELETE', token: ann.token });
    }
  });

  it('made by twenty at once is made once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        status('/api/client/race', { token: index % 2 ? ann.token : bob.token, json: { title: 'x' } }),
      ),
    );
    expect(answers.filter((one) => one === 201)).toHaveLength(1);
    expect(answers.filter((one) => one === 400)).toHaveLength(19);
  });

  it('is listed in pages: own ones, and all for who manages all', async () => {
    const carl = await signUp(app, 'carl');
    for (const slug of ['c1', 'c2', 'c3']) await make(carl.token, slug, ['orders.read']);
    const first = await body(await app.request('/api/client?limit=2', { token: carl.token }));
    expect(first).toEqual({
      data: ['c1', 'c2'].map((slug) => ({
        slug,
        title: `Client ${slug}`,
        client_id: expect.any(String),
        scopes: ['orders.read'],
        owner: 'carl',
        created_at: expect.stringMatching(/^\d{4}-.*Z$/),
        updated_at: expect.stringMatching(/^\d{4}-.*Z$/),
      })),
      next: 'c2',
    });
    const second = await body(await app.request('/api/client?limit=2&after=c2', { token: carl.token }));
    expect([(second['data'] as Client[]).map(({ slug }) => slug), second['next']]).toEqual([['c3'], null]);
    const all = (await body(await app.request('/api/client?limit=1000', { token: admin })))[
      'data'
    ] as Client[];
    expect(all.map(({ slug }) => slug)).toEqual(expect.arrayContaining(['desk', 'c1', 'c3']));
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'after=%00', 'after=', 'x=1'])
      expect(await status(`/api/client?${query}`, { token: carl.token })).toBe(400);
  });

  it('is limited to a hundred per user, also when they are made at once', async () => {
    const { token, id } = await signUp(app, 'dora');
    await app.app.get(Database).execute(
      `insert into api_client (client_id, slug, title, owner_id, secret_hash, scopes)
       select 'client-x' || n, 'dora' || n, 'x', $1, 'x', '{}' from generate_series(1, 98) n`,
      [id],
    );
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        status(`/api/client/more${index}`, { token, json: { title: 'x' } }),
      ),
    );
    expect(answers.filter((one) => one === 201)).toHaveLength(2);
    expect(answers.filter((one) => one === 409)).toHaveLength(6);
  });
});

describe('an operator', () => {
  it('makes a client for a user, which may no more than he', async () => {
    const clients = app.app.get(ClientsService);
    const make = (owner: string, slug: string, scopes?: string[]) =>
      clients.createForUser(systemActor(), owner, slug, { title: 'x', ...(scopes && { scopes }) });
    const client = await make('BOB', 'by-operator', ['users.read', 'users.manage']);
    expect(await status('/api/client/by-operator', { token: bob.token })).toBe(200);
    expect(await status('/api/client/by-operator', { token: ann.token })).toBe(404);
    const token = await jwtOf({ ...client });
    expect(await status('/api/v1.0/users', { token })).toBe(200);
    expect(await status(`/api/v1.0/users/${ann.id}/tokens`, { method: 'DELETE', token })).toBe(403);
    await expect(make('bob', 'by-operator')).rejects.toMatchObject({ code: 'CLIENT_EXISTS' });
    await expect(make('nobody', 'x')).rejects.toMatchObject({ code: 'USER_NOT_FOUND' });
    await expect(make('a b', 'x')).rejects.toMatchObject({ code: 'USER_NOT_FOUND' });
    await expect(make('bob', 'a b')).rejects.toMatchObject({ code: 'CLIENT_SLUG_INVALID' });
    await expect(make('bob', 'x', ['no.such'])).rejects.toMatchObject({ code: 'UNKNOWN_PERMISSION' });
  });
});

describe('POST /api/authorize', () => {
  it('gives a token that says who the client is, good for an hour', async () => {
    const client = await make(ann.token, 'signer', ['orders.read', 'clients.read']);
    const answer = await authorize({ client_id: client.client_id, client_secret: client.client_secret });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const given = await body(answer);
    expect(Object.keys(given)).toEqual(['jwt']);
    const { header, payload } = jwt.decode(given['jwt'] as string, { complete: true }) as jwt.Jwt;
    const { sub, client_id, aud, iat, exp, userid } = payload as Body;
    expect(header).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
    expect({ sub, client_id, aud, userid }).toEqual({
      sub: client.client_id,
      client_id: client.client_id,
      aud: 'signalbox',
      userid: undefined,
    });
    expect((exp as number) - (iat as number)).toBe(3_600);
  });

  it('takes a form too', async () => {
    const { client_id, client_secret } = await make(ann.token, 'form');
    const answer = await app.request('/api/authorize', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': '10.9.0.2' },
      body: new URLSearchParams({ client_id, client_secret }).toString(),
    });
    expect(answer.status).toBe(200);
  });

  it('answers a wrong secret, an unknown client and one of a disabled user alike', async () => {
    const { client_id } = await make(ann.token, 'target');
    const gone = await signUp(app, 'gone');
    const orphan = await make(gone.token, 'orphan');
    await app.app.get(UsersService).disable(systemActor(), 'gone');
    const answers = await Promise.all(
      [
        { client_id, client_secret: 'x'.repeat(43) },
        { client_id, client_secret: 'short' },
        { client_id: `client-${'0'.repeat(24)}`, client_secret: 'x' },
        { client_id: "' or 1=1 --", client_secret: 'x' },
        { client_id: 'a\u0000b', client_secret: 'a\u0000b' },
        { client_id: orphan.client_id, client_secret: orphan.client_secret },
      ].map((json, index) => authorize(json, `10.9.1.${index}`)),
    );
    const bodies = await Promise.all(answers.map(body));
    expect(answers.map((one) => one.status)).toEqual(Array(6).fill(404));
    for (const one of bodies) expect({ ...one, requestId: '' }).toEqual({ ...bodies[0], requestId: '' });
    expect(bodies[0]!['message']).toBe('The requested resource was not found');
    await app.app.get(UsersService).enable(systemActor(), 'gone');
    expect(
      (await authorize({ client_id: orphan.client_id, client_secret: orphan.client_secret })).status,
    ).toBe(200);
  });

  it.each([
    [undefined],
    [{}],
    [{ client_id: 'x' }],
    [{ client_secret: 'x' }],
    [{ client_id: '', client_secret: '' }],
    [{ client_id: null, client_secret: null }],
    [{ client_id: 7, client_secret: ['x'] }],
    [{ client_id: { $ne: 1 }, client_secret: { $ne: 1 } }],
    [{ client_id: 'x', client_secret: 'x', scope: '*' }],
  ])('answers 400 to %j', async (json) => {
    const answer = await authorize(json, '10.9.2.1', { method: 'POST' });
    expect([answer.status, typeof (await body(answer))['message']]).toEqual([400, 'string']);
  });

  it('slows down who guesses: five tries, then waits', async () => {
    const { client_id } = await make(ann.token, 'guessed');
    const statuses = [];
    for (let tries = 0; tries < 7; tries++) {
      const answer = await authorize({ client_id, client_secret: `guess ${tries}` }, '10.9.3.1');
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429]);
  });

  it('does not slow down who is right', async () => {
    const client = await make(ann.token, 'busy');
    const statuses = await Promise.all(
      Array.from({ length: 4 }, async () => (await authorize({ ...pair(client) }, '10.9.4.1')).status),
    );
    for (let times = 0; times < 8; times++) statuses.push((await authorize(pair(client), '10.9.4.1')).status);
    expect(statuses).toEqual(Array(12).fill(200));
  });
});

const pair = ({ client_id, client_secret }: Client) => ({ client_id, client_secret });

describe('the token of a client', () => {
  it('opens what its scopes say, and nothing else', async () => {
    const token = await jwtOf(await make(ann.token, 'reader', ['orders.read']));
    expect(await status('/acme_orders/api/v1/orders', { token })).toBe(200);
    expect(await status('/api/v1.0/users', { token })).toBe(403);
    expect(await status('/api/client', { token })).toBe(403);
    expect(await status('/api/v1.0/jobs', { token })).toBe(403);
    for (const path of [`/api/v1.0/users/${ann.id}/api-keys`, `/api/v1.0/users/0/api-keys`])
      expect(await status(path, { token })).toBe(403);
    expect(await status('/api/v1.0/tokens', { method: 'POST', token })).toBe(403);
  });

  it('opens what is meant for clients where it has no scopes of its own', async () => {
    const client = await make(ann.token, 'plain');
    const list = await body(await app.request('/api/client?limit=1000', { token: ann.token }));
    const { scopes } = (list['data'] as { slug: string; scopes: string[] }[]).find(
      ({ slug }) => slug === 'plain',
    )!;
    expect(scopes).toEqual(expect.arrayContaining(['clients.read', 'clients.sample']));
    expect(scopes).not.toContain('orders.read');
    const token = await jwtOf(client);
    expect(await status('/api/client/plain', { token })).toBe(200);
    expect(await status('/api/client/desk', { token })).toBe(200);
    expect(await status('/api/client/plain', { method: 'DELETE', token })).toBe(403);
  });

  it('is no more than its owner: what he may no more, it may no more', async () => {
    const roles = app.app.get(RolesService);
    await roles.createRole(systemActor(), 'auditor', ['roles.manage']);
    const eve = await signUp(app, 'eve', ['auditor']);
    const token = await jwtOf(await make(eve.token, 'manager', ['roles.manage', 'users.read']));
    const all = await jwtOf(await make(eve.token, 'everything', ['*']));
    const others = `/api/v1.0/users/${bob.id}/roles`;
    expect([await status(others, { token }), await status(others, { token: all })]).toEqual([200, 200]);
    const [grant] = await roles.list(systemActor(), eve.id);
    await roles.revoke(systemActor(), eve.id, grant!.id);
    expect([await status(others, { token }), await status(others, { token: all })]).toEqual([403, 403]);
    expect(await status('/api/v1.0/users', { token })).toBe(200);
    expect(await status('/acme_orders/api/v1/orders', { token: all })).toBe(200);
    expect(await status('/api/client/manager', { method: 'DELETE', token: eve.token })).toBe(204);
  });

  it('follows a change of the scopes at once', async () => {
    const token = await jwtOf(await make(ann.token, 'changed', ['orders.read']));
    expect(await status('/acme_orders/api/v1/orders', { token })).toBe(200);
    const answer = await app.request('/api/client/changed', {
      method: 'PUT',
      token: ann.token,
      json: { title: 'Renamed', scopes: ['users.read'] },
    });
    expect([answer.status, await body(answer)]).toEqual([
      200,
      { data: expect.objectContaining({ title: 'Renamed', scopes: ['users.read'], owner: 'ann' }) },
    ]);
    expect(await status('/acme_orders/api/v1/orders', { token })).toBe(403);
    expect(await status('/api/v1.0/users', { token })).toBe(200);
  });

  it('ends with the secret, the client and the account of its owner, at once', async () => {
    const fay = await signUp(app, 'fay');
    const client = await make(fay.token, 'ending', ['users.read']);
    const before = await jwtOf(client);
    expect(await status('/api/v1.0/users', { token: before })).toBe(200);

    const rotated = await app.request('/api/client/ending/secret', { method: 'POST', token: fay.token });
    expect(rotated.status).toBe(200);
    const { data } = (await rotated.json()) as { data: Client };
    expect(data).toEqual({ ...client, client_secret: expect.stringMatching(/^sbc_[\w-]{43}$/) });
    expect(data.client_secret).not.toBe(client.client_secret);
    expect(await status('/api/v1.0/users', { token: before })).toBe(401);
    expect((await authorize(pair(client), '10.9.5.1')).status).toBe(404);
    let after = await jwtOf(data);
    expect(await status('/api/v1.0/users', { token: after })).toBe(200);
    for (let times = 0; times < 3; times++) {
      const again = await app.request('/api/client/ending/secret', { method: 'POST', token: fay.token });
      Object.assign(data, ((await again.json()) as { data: Client }).data);
      expect(await status('/api/v1.0/users', { token: after })).toBe(401);
      after = await jwtOf(data);
      expect(await status('/api/v1.0/users', { token: after })).toBe(200);
    }

    await app.app.get(UsersService).disable(systemActor(), 'fay');
    expect(await status('/api/v1.0/users', { token: after })).toBe(401);
    await app.app.get(UsersService).enable(systemActor(), 'fay');
    const third = await jwtOf(data);
    expect(await status('/api/client/ending', { method: 'DELETE', token: admin })).toBe(204);
    expect(await status('/api/v1.0/users', { token: third })).toBe(401);
    expect((await authorize(pair(data), '10.9.5.2')).status).toBe(404);
  });

  it('makes clients of the same owner, for no more than it may itself', async () => {
    const maker = await jwtOf(
      await make(ann.token, 'maker', ['clients.manage', 'clients.read', 'orders.read']),
    );
    const child = await make(maker, 'child', ['orders.read']);
    expect(await status('/api/client/child', { token: ann.token })).toBe(200);
    expect(await status('/acme_orders/api/v1/orders', { token: await jwtOf(child) })).toBe(200);
    for (const scopes of [['users.read'], ['*'], ['orders.import']])
      expect(await status('/api/client/bold', { token: maker, json: { title: 'x', scopes } })).toBe(403);
    await make(ann.token, 'stronger', ['orders.import', 'clients.read']);
    await make(ann.token, 'strongest', ['*']);
    for (const slug of ['stronger', 'strongest'])
      for (const [method, rest, json] of [
        ['POST', '/secret', undefined],
        ['DELETE', '', undefined],
        ['PUT', '', { scopes: ['orders.read'] }],
      ] as const) {
        const path = `/api/client/${slug}${rest}`;
        expect(await status(path, { method, token: maker, ...(json && { json }) })).toBe(403);
      }
    expect(await status('/api/client/child', { method: 'DELETE', token: maker })).toBe(204);
  });

  it('of another is not had by who manages all clients but may less', async () => {
    await app.app.get(RolesService).createRole(systemActor(), 'clerk', ['clients.manage-all']);
    const clerk = await signUp(app, 'clerk', ['clerk']);
    await make(admin, 'powerful', ['users.manage']);
    await make(admin, 'almighty', ['*']);
    for (const slug of ['powerful', 'almighty']) {
      expect(await status(`/api/client/${slug}`, { token: clerk.token })).toBe(200);
      const path = `/api/client/${slug}/secret`;
      expect(await status(path, { method: 'POST', token: clerk.token })).toBe(403);
    }
    await make(ann.token, 'ordinary', ['orders.read']);
    expect(await status('/api/client/ordinary/secret', { method: 'POST', token: clerk.token })).toBe(200);
    const more = { method: 'PUT', token: clerk.token, json: { scopes: ['*'] } };
    expect(await status('/api/client/ordinary', more)).toBe(403);
  });
});

describe('nothing but the answer', () => {
  it('shows a secret or a token: no log line, no table, no audit entry', async () => {
    const client = await make(ann.token, 'discreet');
    const token = await jwtOf(client);
    await app.request('/api/client/discreet', { token });
    await authorize({ client_id: client.client_id, client_secret: 'a wrong but real secret' }, '10.9.6.1');
    const rotated = await app.request('/api/client/discreet/secret', { method: 'POST', token: ann.token });
    const { data } = (await rotated.json()) as { data: Client };
    const [tables, lines] = [await stored(app), await logged(logs)];
    expect(tables).toContain(client.client_id);
    expect(lines).toContain('/api/client/discreet');
    for (const secret of [
      client.client_secret,
      data.client_secret,
      'a wrong but real secret',
      token.split('.')[2]!,
    ]) {
      expect(tables).not.toContain(secret);
      expect(lines).not.toContain(secret);
    }
  });

  it('is kept of what was done but who did what', async () => {
    const entries = await app.app.get(Database).query<{ action: string; details: Body }>(
      `select e.action, e.details from audit_entry e
         join api_client c on e.subject = 'client:' || c.client_id where c.slug = 'discreet' order by e.id`,
    );
    expect(entries.map(({ action }) => action)).toEqual([
      'client.create',
      'token.create',
      'client.sign-in-refused',
      'client.change-secret',
    ]);
  });
});
