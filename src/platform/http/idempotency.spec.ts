import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresServer } from '../../../test/support/postgres.js';
import { type PlatformApp, startPlatformApp } from '../../../test/support/platform-app.js';
import { describeWith } from '../../../test/support/services.js';
import { Gate, ThingsController, ThingsModule } from '../../../test/support/things.js';
import { Database } from '../database/database.js';
import { IdempotentRequests } from './idempotent-requests.js';
import { OpenApi } from './openapi.controller.js';

const startThings = (env?: Record<string, string>, createSchema = true) =>
  startPlatformApp({ imports: [ThingsModule], createSchema, ...(env && { env }) });

let app: PlatformApp;

interface Sent {
  readonly key?: string;
  readonly user?: string;
  readonly path?: string;
}

function post(body: object, { key, user = 'ann', path = '/things' }: Sent = {}, to = app): Promise<Response> {
  return to.request(path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${user}`,
      ...(key !== undefined && { 'Idempotency-Key': key }),
    },
    body: JSON.stringify(body),
  });
}

async function count(name: string): Promise<number> {
  const rows = await app.app
    .get(Database)
    .query<{ n: number }>('select count(*)::int as n from test_thing where name = $1', [name]);
  return rows[0]!.n;
}

async function code(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { code: string }).code];
}

/** Holds `POST /things` inside its transaction while `work` runs. */
async function whileCreating(first: () => Promise<Response>, work: () => Promise<void>): Promise<Response> {
  const gate = (ThingsController.gate = new Gate());
  const response = first();
  try {
    await gate.arrived;
    await work();
  } finally {
    ThingsController.gate = undefined;
    gate.open();
  }
  return response;
}

function suite(): void {
  it('answers a repetition with the first answer and creates nothing', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const first = await post({ name }, { key });
    const second = await post({ name }, { key });
    const text = await first.text();
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.status).toBe(201);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await second.text()).toBe(text);
    expect(second.headers.get('location')).toBe(`/things/${(JSON.parse(text) as { id: number }).id}`);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(await count(name)).toBe(1);
  });

  it('carries out every request that names no key', async () => {
    const name = randomUUID();
    expect([(await post({ name })).status, (await post({ name })).status]).toEqual([201, 201]);
    expect(await count(name)).toBe(2);
  });

  it('refuses a key that stands for another request: other body, other address', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    await post({ name }, { key });
    expect(await code(await post({ name: `${name}x` }, { key }))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(await code(await post({ name }, { key, path: '/things/accepted' }))).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
    expect(await code(await post({ name }, { key, path: '/things?x=1' }))).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
    expect([await count(name), await count(`${name}x`)]).toEqual([1, 0]);
    expect((await post({ name }, { key })).headers.get('idempotent-replayed')).toBe('true');
  });

  it('keeps the keys of different callers apart', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const [ann, bob] = [await post({ name }, { key }), await post({ name }, { key, user: 'bob' })];
    expect([ann.status, bob.status]).toEqual([201, 201]);
    expect(await ann.text()).not.toBe(await bob.text());
    expect(await count(name)).toBe(2);
  });

  it('answers 409 with Retry-After while the first request runs, and then its answer', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const first = await whileCreating(
      () => post({ name }, { key }),
      async () => {
        const early = await post({ name }, { key });
        expect(early.headers.get('retry-after')).toBe('1');
        expect(await code(early)).toEqual([409, 'IDEMPOTENCY_KEY_IN_FLIGHT']);
      },
    );
    expect(await (await post({ name }, { key })).text()).toBe(await first.text());
    expect(await count(name)).toBe(1);
  });

  it('undoes the effect of a request that fails, which may then come again', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    ThingsController.moody = true;
    expect(await code(await post({ name }, { key, path: '/things/moody' }))).toEqual([404, 'NO_MOOD']);
    expect(await count(name)).toBe(0);
    ThingsController.moody = false;
    const retried = await post({ name }, { key, path: '/things/moody' });
    expect([retried.status, retried.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(await count(name)).toBe(1);
  });

  it('does not take a key that came with invalid input', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    expect(await code(await post({ nome: name }, { key }))).toEqual([400, 'INVALID_INPUT']);
    expect((await post({ name }, { key })).status).toBe(201);
  });

  it('shows ids that the database gives when a handler did not flush, first and again', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const bodies = [];
    for (let turn = 0; turn < 2; turn++)
      bodies.push(await (await post({ name }, { key, path: '/things/not-flushed' })).json());
    expect(bodies[0]).toMatchObject({ id: expect.any(Number), name });
    expect(bodies[1]).toEqual(bodies[0]);
  });

  it('keeps nothing when the effect cannot be committed', async () => {
    const [key, name, label] = [randomUUID(), randomUUID(), randomUUID()];
    await post({ name, label });
    expect((await post({ name, label }, { key, path: '/things/not-flushed' })).status).toBe(500);
    expect(await count(name)).toBe(1);
    const again = await post({ name, label: randomUUID() }, { key, path: '/things/not-flushed' });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, null]);
  });

  it('repeats status, Location, Retry-After and text of a 202', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    for (const replayed of [null, 'true']) {
      const response = await post({ name }, { key, path: '/things/accepted' });
      const { status, headers } = response;
      expect([status, headers.get('location'), headers.get('retry-after')]).toEqual([202, '/jobs/1', '2']);
      expect([headers.get('idempotent-replayed'), headers.get('content-type')]).toEqual([
        replayed,
        'text/plain; charset=utf-8',
      ]);
      expect(await response.text()).toBe('accepted');
    }
    expect(await count(name)).toBe(1);
  });

  it('repeats an empty answer', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    for (const replayed of [null, 'true']) {
      const response = await post({ name }, { key, path: '/things/silent' });
      expect([response.status, await response.text(), response.headers.get('idempotent-replayed')]).toEqual([
        204,
        '',
        replayed,
      ]);
    }
    expect(await count(name)).toBe(1);
  });

  it('says so where the answer was too long to be kept, and creates nothing', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    expect((await (await post({ name }, { key, path: '/things/long' })).text()).length).toBeGreaterThan(
      1024 ** 2,
    );
    expect(await code(await post({ name }, { key, path: '/things/long' }))).toEqual([
      409,
      'IDEMPOTENT_ANSWER_NOT_KEPT',
    ]);
    expect(await count(name)).toBe(1);
  });

  it.each([['x'.repeat(256)], [''], ['clé'], ['a\tb']])('refuses %j as a key', async (key) => {
    const name = randomUUID();
    expect(await code(await post({ name }, { key }))).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
    expect(await count(name)).toBe(0);
  });

  it('takes a key of 255 characters', async () => {
    const key = randomUUID().padEnd(255, ' ~');
    expect((await post({ name: 'x' }, { key })).status).toBe(201);
    expect((await post({ name: 'x' }, { key })).headers.get('idempotent-replayed')).toBe('true');
  });

  it('asks who is calling before it looks at the key', async () => {
    const response = await app.request('/things', { method: 'POST', headers: { 'Idempotency-Key': '' } });
    expect(response.status).toBe(401);
  });

  it('forgets old answers, whatever their number, and no young one', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    await post({ name }, { key });
    const database = app.app.get(Database);
    await database.execute(
      `insert into idempotency_key (owner, key, route, fingerprint, status, headers, body, created_at)
       select 'old', i::text, 'POST /things', '', 201, '{}', '', now() - interval '25 hours' from generate_series(1, 2500) i`,
    );
    expect(await app.app.get(IdempotentRequests).sweep()).toBe(2500);
    expect(await app.app.get(IdempotentRequests).sweep()).toBe(0);
    expect((await post({ name }, { key })).headers.get('idempotent-replayed')).toBe('true');
  });
}

describe('Idempotency-Key on the embedded database', () => {
  beforeAll(async () => {
    app = await startThings();
  });
  afterAll(() => app.close());
  suite();

  it('is documented with its 409 and 422', () => {
    const operation = app.app.get(OpenApi).document?.paths['/things']?.post;
    expect(operation?.parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'Idempotency-Key', required: false }),
    );
    expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['409', '422']));
  });
});

describeWith('postgres')('Idempotency-Key on PostgreSQL', () => {
  let server: PostgresServer;
  let other: PlatformApp;

  beforeAll(async () => {
    server = await PostgresServer.start();
    const env = { DATABASE_URL: await server.createDatabase() };
    app = await startThings(env);
    other = await startThings(env, false);
  });
  afterAll(async () => {
    await other.close();
    await app.close();
    await server.stop();
  });
  suite();

  it('answers 409 while another process carries the request out, and then its answer', async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const first = await whileCreating(
      () => post({ name }, { key }),
      async () => {
        expect(await code(await post({ name }, { key }, other))).toEqual([409, 'IDEMPOTENCY_KEY_IN_FLIGHT']);
      },
    );
    expect(await (await post({ name }, { key }, other)).text()).toBe(await first.text());
    expect(await count(name)).toBe(1);
  });
});
