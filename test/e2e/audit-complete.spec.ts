import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { Database } from '../../src/platform/database/database.js';
import { openApiDocument } from '../../src/platform/http/openapi.js';
import { startApp, type TestApp } from '../support/app.js';
import { contentOf } from '../support/database-content.js';
import { type Deed, DEEDS, PIPELINE, World } from '../support/deeds.js';
import { signUp } from '../support/people.js';

/** Operations that leave no record, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'POST /hooks/load/callback': 'tells how a load is getting on, which was recorded when it began',
};

/** Operations that a secret in the body or in the address opens: what the caller came with has no part in them. */
const PROVEN_OTHERWISE = [
  'POST /api/authorize',
  'POST /api/v1.0/tokens/refresh',
  'PUT /objects/{path}',
  'POST /objects',
];
const MUTATING = /^(POST|PUT|PATCH|DELETE) /;
/** Operations that make a credential though their method says that they only read. */
const ISSUING = ['GET /user/authorize'];

interface Client {
  client_id: string;
  client_secret: string;
}

describe('every operation that changes something', () => {
  let app: TestApp;
  let world: World;
  let database: Database;
  let operations: string[];

  beforeAll(async () => {
    app = await startApp({
      JOBS_IN_API: 'false', // jobs would change rows too
      AUDIT_SEAL_SECONDS: '86400',
      RUN_HOOKS_ALLOW: PIPELINE,
    });
    world = new World(app, await app.adminToken());
    database = app.app.get(Database);
    await database.execute(
      `create function refuse_entry() returns trigger as $$ begin raise exception 'no entry today'; end; $$ language plpgsql`,
    );
    const { paths } = openApiDocument(app.app);
    operations = Object.entries(paths)
      .flatMap(([path, item]) =>
        Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`),
      )
      .filter((operation) => MUTATING.test(operation) || ISSUING.includes(operation));
  });
  afterAll(() => app?.close());

  async function run(operation: string, { path, ...options }: Deed, requestId: string): Promise<Response> {
    const method = operation.split(' ', 1)[0]!;
    const token = options.basic ? undefined : (options.token ?? world.token);
    return app.request(path, {
      ...options,
      method,
      token,
      headers: { ...options.headers, 'x-request-id': requestId },
    });
  }

  /** Everything that the database holds, but for what changes by itself. */

  it('is in the table above, and nothing else is', () => {
    const listed = [...Object.keys(DEEDS), ...Object.keys(EXCEPTIONS)];
    expect(operations.length).toBeGreaterThan(10);
    expect(operations.filter((operation) => !listed.includes(operation))).toEqual([]);
    expect(listed.filter((operation) => !operations.includes(operation))).toEqual([]);
    expect(Object.values(EXCEPTIONS).every((reason) => reason.length > 20)).toBe(true);
  });

  it.each(Object.keys(DEEDS))('leaves one record: %s', async (operation) => {
    const requestId = `deed-${world.next()}`;
    const deed = await DEEDS[operation]!(world);
    const response = await run(operation, deed, requestId);
    expect([operation, response.ok, response.ok || (await response.text())]).toEqual([operation, true, true]);
    const entries = await database.query<{ actor: string; action: string; subject: string }>(
      `select actor, action, subject, details->'credential' as credential from audit_entry where request_id = $1`,
      [requestId],
    );
    expect(entries).toEqual([
      {
        actor: expect.stringMatching(/^(client-)?[0-9a-f]{24,32}$/),
        action: expect.stringMatching(/^[a-z][a-z-]*\.[a-z][a-z-]*$/),
        subject: expect.stringMatching(/^[a-z][a-z-]*:.+$/),
        credential: PROVEN_OTHERWISE.includes(operation)
          ? null
          : deed.basic
            ? { kind: 'basic' }
            : { kind: 'token', id: decodeJwt(deed.token ?? world.token).jti },
      },
    ]);
  });

  it.each(Object.keys(DEEDS))('does not happen without its record: %s', async (operation) => {
    const deed = await DEEDS[operation]!(world);
    await database.execute(
      'create trigger refuse_entry before insert on audit_entry for each row execute function refuse_entry()',
    );
    try {
      const before = await contentOf(database);
      const response = await run(operation, deed, `refused-${world.next()}`);
      expect(response.status).toBe(500);
      expect(await contentOf(database)).toEqual(before);
    } finally {
      await database.execute('drop trigger refuse_entry on audit_entry');
    }
  });
});

describe('sign-ins that are refused', () => {
  let app: TestApp;
  let database: Database;
  const SECRET = 'what-somebody-typed-into-the-wrong-field';

  beforeAll(async () => {
    app = await startApp({ TRUST_PROXY: '127.0.0.1', AUDIT_SEAL_SECONDS: '86400' });
    database = app.app.get(Database);
  });
  afterAll(() => app?.close());

  const guess = (nickname: string, password: string, ip: string) =>
    app.request('/api/v1.0/users', { basic: [nickname, password], headers: { 'x-forwarded-for': ip } });
  const refusals = (ip: string) =>
    database.query<{ action: string; subject: string; details: object; actor: string; request_id: string }>(
      `select actor, action, subject, details, request_id from audit_entry
       where action like '%.sign-in-refused' and details->>'address' like $1 order by id`,
      [ip],
    );

  it('are recorded, with the account where there is one, and never with what was typed', async () => {
    const { id, password } = await signUp(app, 'ann');
    for (const [nickname, secret] of [
      ['ann', SECRET],
      [SECRET, 'ann'],
      ['not a nickname/', SECRET],
    ] as const)
      expect((await guess(nickname, secret, '10.0.0.1')).status).toBe(401);
    const entry = { actor: 'anonymous', action: 'user.sign-in-refused', request_id: expect.any(String) };
    expect(await refusals('10.0.0.1')).toEqual([
      { ...entry, subject: `user:${id}`, details: { address: '10.0.0.1', reason: 'wrong-password' } },
      { ...entry, subject: 'user:unknown', details: { address: '10.0.0.1', reason: 'unknown-account' } },
      { ...entry, subject: 'user:unknown', details: { address: '10.0.0.1', reason: 'unknown-account' } },
    ]);
    await database.execute('update "user" set disabled = true where id = $1', [id]);
    expect((await guess('ANN', password, '10.0.0.2')).status).toBe(401);
    expect(await refusals('10.0.0.2')).toMatchObject([
      { subject: `user:${id}`, details: { reason: 'disabled' } },
    ]);
    const [row] = await database.query<{ all: string }>(
      `select string_agg(e::text, ' ') as all from audit_entry e`,
    );
    expect(row!.all).not.toContain(SECRET);
  });

  it('are not recorded again and again, nor are those that are right', async () => {
    const { password } = await signUp(app, 'bob');
    for (let request = 0; request < 5; request++)
      expect((await guess('bob', password, '10.1.0.1')).status).toBe(200);
    expect(await refusals('10.1.0.1')).toEqual([]);
    for (let request = 0; request < 4; request++) await guess('bob', `wrong ${request}`, '10.1.0.1');
    expect(await refusals('10.1.0.1')).toHaveLength(1);
    await guess('carl', 'wrong', '10.1.0.1');
    expect((await refusals('10.1.0.1')).at(-1)).toMatchObject({ details: { leftOut: 3 } });
  });

  it('are recorded for clients too, and never with the secret or with what nobody is called', async () => {
    const send = async (path: string, token: string, json: object) =>
      (await (await app.request(path, { token, method: 'POST', json })).json()) as { data: Client };
    const cora = await signUp(app, 'cora');
    const { client_id, client_secret } = (await send('/api/client/desk', cora.token, { title: 'The desk' }))
      .data;
    const authorize = (json: Client, ip: string) =>
      app.request('/api/authorize', { method: 'POST', json, headers: { 'x-forwarded-for': ip } });
    const wrong = { client_id, client_secret: SECRET };
    for (let tries = 0; tries < 2; tries++)
      // of the same client and address only one is written down
      expect((await authorize(wrong, '10.3.0.1')).status).toBe(404);
    expect((await authorize({ client_id: SECRET, client_secret }, '10.3.0.2')).status).toBe(404);
    expect((await authorize({ client_id, client_secret }, '10.3.0.3')).status).toBe(200);
    await database.execute('update "user" set disabled = true where id = $1', [cora.id]);
    expect((await authorize({ client_id, client_secret }, '10.3.0.3')).status).toBe(404);
    expect(await refusals('10.3.0.%')).toEqual(
      [
        [`client:${client_id}`, { address: '10.3.0.1', reason: 'wrong-secret' }],
        ['client:unknown', { address: '10.3.0.2', reason: 'unknown-client', leftOut: 1 }],
        [`client:${client_id}`, { address: '10.3.0.3', reason: 'disabled' }],
      ].map(([subject, details]) => ({
        actor: 'anonymous',
        action: 'client.sign-in-refused',
        subject,
        request_id: expect.any(String),
        details,
      })),
    );
    const [row] = await database.query<{ all: string }>(
      `select string_agg(e::text, ' ') as all from audit_entry e`,
    );
    for (const secret of [SECRET, client_secret]) expect(row!.all).not.toContain(secret);
  });

  it('are a few entries in a flood of names and addresses, and the rest is counted', async () => {
    const count = async () => (await refusals('%')).length;
    const before = await count();
    const guesses = Array.from({ length: 120 }, (_, index) => `10.2.${index}.1`);
    for (const ip of guesses) expect((await guess(`name ${ip}`, SECRET, ip)).status).toBe(401);
    expect((await count()) - before).toBeLessThanOrEqual(60);
    expect(await count()).toBeGreaterThan(30);
  });
});
