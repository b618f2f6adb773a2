import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RolesService, systemActor } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { signUp } from '../support/people.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

/** On the embedded database transactions take turns anyway. */
describeWith('postgres')('who manages roles, while another does', () => {
  let postgres: PostgresServer;
  let app: TestApp;
  let database: Database;
  let roles: RolesService;
  let token: string;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    app = await startApp({ DATABASE_URL: await postgres.createDatabase() });
    database = app.app.get(Database);
    roles = app.app.get(RolesService);
    await roles.createRole(systemActor(), 'registrar', ['roles.manage']);
    ({ token } = await signUp(app, 'reg', ['registrar']));
  });
  afterAll(async () => {
    await app?.close();
    await postgres?.stop();
  });

  /** Sends a request while a transaction has made a change and not yet committed it; resolves with the answer. */
  async function during(
    change: () => Promise<unknown>,
    path: string,
    options: TestRequest,
  ): Promise<Response> {
    let answer!: Promise<Response>;
    await database.transaction(async () => {
      await change();
      answer = app.request(path, { token, ...options });
      await Promise.race([answer, sleep(500)]);
    });
    return answer;
  }

  const held = async (id: number) => (await roles.list(systemActor(), id)).map(({ name }) => name);

  it('is not granted what is deleted, or made stronger, just then', async () => {
    const { id } = await signUp(app, 'ann');
    const path = `/api/v1.0/users/${id}/roles`;
    for (const [name, sql] of [
      ['deleted', `delete from role where name = 'deleted'`],
      ['stronger', `update role set permissions = '{users.manage}' where name = 'stronger'`],
    ] as const) {
      await roles.createRole(systemActor(), name, []);
      const answer = await during(() => database.execute(sql), path, { json: { name } });
      expect([name, answer.status]).toEqual([name, 403]);
      expect(await held(id)).toEqual([]);
    }
  });

  it.each([
    ['DELETE', undefined],
    ['PUT', { name: 'registrar' }],
  ])('does not %s what becomes a stronger role just then', async (method, json) => {
    const { id } = await signUp(app, `user-${method.toLowerCase()}`);
    const role = await roles.grant(systemActor(), id, 'registrar');
    const promote = () => roles.change(systemActor(), id, role, { name: 'admin' });
    const answer = await during(promote, `/api/v1.0/users/${id}/roles/${role}`, {
      method,
      ...(json && { json }),
    });
    expect(answer.status).toBe(403);
    expect(await held(id)).toEqual(['admin']);
  });

  it('grants and puts the same role at once: it is held once, and nobody sees an error of the program', async () => {
    const { id } = await signUp(app, 'twin');
    for (let round = 0; round < 10; round++) {
      const role = await roles.grant(systemActor(), id, `first${round}`);
      const path = `/api/v1.0/users/${id}/roles`;
      const json = { name: `same${round}` };
      const answers = await Promise.all([
        app.request(path, { token: await app.adminToken(), json }),
        app.request(`${path}/${role}`, { method: 'PUT', token: await app.adminToken(), json }),
        app.request(path, { token: await app.adminToken(), json }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    }
  });
});
