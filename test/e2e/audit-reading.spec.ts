import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AuditLog } from '../../src/audit/index.js';
import type { Credential } from '../../src/platform/access/actor.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp } from '../support/people.js';

interface Entry {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  requestId: string | null;
  details: object | null;
}
interface Page {
  entries: Entry[];
  next: number | null;
}

describe('GET /api/v1.0/audit', () => {
  let app: TestApp;
  let token: string;
  let user: string;

  beforeAll(async () => {
    app = await startApp();
    token = await app.adminToken();
    user = (await signUp(app, 'ann')).token;
    const audit = app.app.get(AuditLog);
    const database = app.app.get(Database);
    for (let n = 1; n <= 30; n++) {
      await audit.record({
        actor: { userid: n % 2 ? 'odd' : 'even' },
        action: n % 3 ? 'test.third' : 'test.deed',
        subject: `thing:${n % 5}`,
        details: { n },
        requestId: `request-${n}`,
      });
    }
    // A transaction that began an hour ago and commits now: its time is old, its id is not.
    await database.execute(
      `insert into audit_entry (at, actor, action, subject) values (now() - interval '1 hour', 'late', 'other.deed', 'thing:1')`,
    );
  });
  afterAll(() => app?.close());

  const get = (query: Record<string, string>, as = token) =>
    app.request(`/api/v1.0/audit?${new URLSearchParams(query).toString()}`, { token: as });
  const page = async (query: Record<string, string>) => (await (await get(query)).json()) as Page;
  const numbers = async (query: Record<string, string>) =>
    (await page(query)).entries.map(({ details }) => (details as { n: number }).n);

  it('is for those who hold audit.read', async () => {
    expect((await app.request('/api/v1.0/audit')).status).toBe(401);
    expect((await get({}, user)).status).toBe(403);
    const { entries } = await page({ action: 'token.create', limit: '1' });
    expect(entries).toEqual([
      {
        id: expect.any(Number),
        at: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$/),
        actor: expect.stringMatching(/^[0-9a-f]{32}$/),
        action: 'token.create',
        subject: expect.stringMatching(/^user:\d+$/),
        requestId: expect.any(String),
        details: { jti: expect.any(String), expiresAt: expect.any(String), credential: { kind: 'basic' } },
      },
    ]);
  });

  it('tells the deeds of one credential from those of others of its user', async () => {
    const send = async <T>(path: string, as: string, method: string, json?: object) =>
      (await (await app.request(path, { token: as, method, ...(json && { json }) })).json()) as T;
    const { id, key } = await send<{ id: number; key: string }>('/api/v1.0/users/1/api-keys', token, 'POST', {
      name: 'nightly',
      scopes: ['*'],
    });
    const { data } = await send<{ data: object }>('/api/client/desk', token, 'POST', {
      title: 'The desk',
      scopes: ['*'],
    });
    const { client_id, client_secret } = data as Record<string, string>;
    const { jwt } = await send<{ jwt: string }>('/api/authorize', token, 'POST', {
      client_id,
      client_secret,
    });
    const { userid } = decodeJwt(token);
    for (const [credential, actor, expected] of [
      [token, userid, { kind: 'token', id: decodeJwt(token).jti }],
      [key, userid, { kind: 'api-key', id: String(id) }],
      [jwt, client_id, { kind: 'client', id: decodeJwt(jwt).jti }],
    ] as const) {
      const made = await send<{ id: number }>('/api/v1.0/users', credential, 'POST', {
        nickname: `by-${expected.kind}`,
      });
      const { entries } = await page({ subject: `user:${made.id}`, action: 'user.create' });
      const details = { nickname: `by-${expected.kind}`, credential: expected };
      expect(entries).toMatchObject([{ actor, details }]);
      expect(entries[0]!.details).toEqual(details);
    }
  });

  it('names the kind and the id of a credential and nothing else of it', async () => {
    const audit = app.app.get(AuditLog);
    const record = (request: string, credential: Credential | undefined, details?: object) =>
      audit.record({
        actor: { userid: 'somebody', ...(credential && { credential }) },
        action: 'kind.test',
        subject: 'thing:1',
        requestId: request,
        ...(details && { details: { ...details } }),
      });
    const service = {
      kind: 'service',
      id: 'a-jti',
      service: 'source',
      permissions: { secret: 'x' },
    } as const;
    await record('service', service, { n: 1, credential: 'made up' });
    await record('elsewhere', { kind: 'service' });
    await record('basic', { kind: 'basic' }, { n: 2 });
    for (const request of ['internal', 'none'] as const) await record(request, { kind: request });
    await record('user', undefined, { n: 3 });
    const { entries } = await page({ action: 'kind.test' });
    expect(entries.reverse().map(({ requestId, details }) => [requestId, details])).toEqual([
      ['service', { n: 1, credential: { kind: 'service', id: 'a-jti' } }],
      ['elsewhere', { credential: { kind: 'service' } }],
      ['basic', { n: 2, credential: { kind: 'basic' } }],
      ['internal', null],
      ['none', null],
      ['user', { n: 3 }],
    ]);
  });

  it('has the newest first, page after page, each entry once', async () => {
    const all = await page({ limit: '1000' });
    expect(all.next).toBeNull();
    const ordered = [...all.entries].sort((a, b) => b.at.localeCompare(a.at) || b.id - a.id);
    expect(all.entries).toEqual(ordered);
    expect(all.entries.at(-1)).toMatchObject({ actor: 'late' });
    const collected: Entry[] = [];
    for (let next: number | null | undefined; next !== null;) {
      const part = await page({ limit: '7', ...(next !== undefined && { before: String(next) }) });
      collected.push(...part.entries);
      next = part.next;
    }
    expect(collected).toEqual(all.entries);
    // and the other way round
    const upwards: Entry[] = [];
    for (let newest = all.entries.at(-1)!; ; newest = upwards[0]!) {
      const part = await page({ limit: '7', after: String(newest.id) });
      if (part.entries.length === 0) break;
      upwards.unshift(...part.entries);
    }
    expect(upwards).toEqual(all.entries.slice(0, -1));
    const [from, to] = [all.entries[20]!, all.entries[10]!];
    expect((await page({ before: String(to.id), after: String(from.id) })).entries).toEqual(
      all.entries.slice(11, 20),
    );
  });

  it('filters, by each field and by all of them', async () => {
    const down = Array.from({ length: 30 }, (_, index) => 30 - index);
    expect(await numbers({ actor: 'odd' })).toEqual(down.filter((n) => n % 2));
    expect(await numbers({ action: 'test.deed' })).toEqual(down.filter((n) => n % 3 === 0));
    expect(await numbers({ action: 'test.*' })).toEqual(down);
    expect(await numbers({ action: 'test.*', limit: '4' })).toEqual([30, 29, 28, 27]);
    expect(await numbers({ action: 'test.d*' })).toEqual(down.filter((n) => n % 3 === 0));
    expect(await numbers({ action: 'test*', actor: 'even', subject: 'thing:2' })).toEqual([22, 12, 2]);
    expect(await numbers({ action: 'nothing.*' })).toEqual([]);
    expect(await numbers({ action: '%*' })).toEqual([]);
    expect(await numbers({ action: 'test_*' })).toEqual([]);
    expect(await numbers({ request: 'request-17' })).toEqual([17]);
    expect(await numbers({ subject: 'thing:0', action: 'test.deed', actor: 'even' })).toEqual([30]);
    const [ten] = (await page({ request: 'request-10' })).entries;
    const [twenty] = (await page({ request: 'request-20' })).entries;
    const window = { from: ten!.at, to: twenty!.at, action: 'test.*' };
    const inside = (await page(window)).entries;
    expect(inside.every(({ at }) => at >= ten!.at && at < twenty!.at)).toBe(true);
    expect(inside.map(({ requestId }) => requestId)).toContain('request-10');
    expect((await page({ to: ten!.at, limit: '1' })).entries[0]!.at < ten!.at).toBe(true);
    expect((await page({ from: '2999-12-31T23:59:59-14:00' })).entries).toEqual([]);
    expect((await page({ to: '1900-01-01T00:00:00+14:00' })).entries).toEqual([]);
    const { entries } = await page({ to: new Date(Date.now() - 1_800_000).toISOString() });
    expect(entries).toMatchObject([{ actor: 'late' }]);
  });

  it.each([
    { limit: '0' },
    { limit: '1001' },
    { limit: 'many' },
    { before: 'x' },
    { before: '-1' },
    { before: '999999' },
    { after: '999999999999999999' },
    { after: '9999999999999999999' },
    { action: '*' },
    { action: 'to*ken' },
    { action: '' },
    { actor: '\0' },
    { subject: 'a\0b' },
    { request: '\0' },
    { action: 'a\0' },
    { from: 'yesterday' },
    { from: '2026-02-30' },
    { from: '2026-13-01' },
    { from: '2026-01-01T25:00:00Z' },
    { from: '2026-01-01T10:00:00' },
    { to: '0000-01-01' },
    { to: '0001-01-01T00:00:00+14:00' },
    { from: '9999-12-31' },
    { to: '12026-01-01' },
    { to: '2026-01-01T10:00:00+99:00' },
    { nonsense: '1' },
  ])('refuses %p with 400', async (query: object) => {
    const response = await get(query as Record<string, string>);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: expect.any(String) });
  });
});
