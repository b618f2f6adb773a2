import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { type ApiOperation, apiOperations } from '../support/api-operations.js';
import { startApp, type TestApp } from '../support/app.js';
import { contentOf } from '../support/database-content.js';

/** What a client would like to set, and no body has, unless the operation documents it. */
const COVETED = {
  id: 1,
  userid: 'system',
  user_id: 1,
  owner: 'system',
  ownerId: 1,
  role: 'admin',
  roles: ['admin'],
  permissions: ['*'],
  isAdmin: true,
  password_hash: 'x',
  passwordHash: 'x',
  disabled: false,
  created_at: 0,
  __v: 1,
};
/** Names that reach into the prototype of whatever the body is copied to; as text, because objects have them already. */
const PROTOTYPES = ['"__proto__": {"polluted": true}', '"constructor": {"prototype": {"polluted": true}}'];

const operations = apiOperations()
  .filter(({ body }) => body !== undefined)
  .map((operation) => ({ name: `${operation.method} ${operation.path}`, operation }));

/** Tables that every request may write to. */
const RESTLESS_TABLES = ['job', 'job_schedule', 'audit_seal', 'setting'];

/** S10: nobody sets what he is not asked for. */
describe('a body with more than it may have', () => {
  let app: TestApp;
  let before: Record<string, string[]>;

  beforeAll(async () => {
    app = await startApp();
    await app.adminToken();
    before = await contentOf(app.app.get(Database), RESTLESS_TABLES);
  });
  afterAll(() => app?.close());

  async function send({ method, path }: ApiOperation, body: string) {
    const answer = await app.request(path.replace(/\{[^}]+\}/g, '1'), {
      method,
      token: await app.adminToken(),
      headers: { 'content-type': 'application/json' },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  }

  it('is looked for in every operation that takes JSON', () => {
    expect(operations.length).toBeGreaterThan(2);
  });

  it.each(operations.filter(({ operation }) => operation.fields !== undefined))(
    '$name refuses it, and names the field',
    async ({ operation }) => {
      for (const [field, value] of Object.entries(COVETED)) {
        if (operation.fields!.includes(field)) continue;
        const { status, text } = await send(operation, JSON.stringify({ ...operation.body, [field]: value }));
        expect([field, status, text]).toEqual([field, 400, expect.stringContaining(field)]);
      }
    },
  );

  it.each(operations)('$name refuses to reach into prototypes', async ({ operation }) => {
    const inside = JSON.stringify(operation.body).slice(1, -1);
    for (const hostile of PROTOTYPES) {
      const { status } = await send(operation, `{${[inside, hostile].filter(Boolean).join(', ')}}`);
      expect([hostile, status]).toEqual([hostile, 400]);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('has changed nothing', async () => {
    expect(await contentOf(app.app.get(Database), RESTLESS_TABLES)).toEqual(before);
  });
});
