import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definedPermissions } from '../../src/platform/access/permissions.js';
import { type ApiOperation, apiOperations } from '../support/api-operations.js';
import { startApp, type TestApp } from '../support/app.js';
import { World } from '../support/deeds.js';
import { jobOf, signUp } from '../support/people.js';

/** What somebody meets who asks for a thing of somebody else. */
type Welcome =
  /** 404, in the words in which what never was is told. */
  | 'hidden'
  /** 403, whether it is there or not. */
  | 'refused'
  /** It is everybody's. */
  | 'shared';

/** Things below a path, of the user `owner`. */
interface Things {
  readonly below: string;
  /** What stands for the parameters of the path. */
  readonly values: Readonly<Record<string, string>>;
  readonly stranger: Welcome;
}

const NEVER = '0199f0de-5f5a-7cc4-8d3e-0123456789ab';
const MISSING: Readonly<Record<string, string>> = {
  id: NEVER,
  taskId: NEVER,
  jobId: NEVER,
  slug: 'never-was',
  key: '999999',
  acl: '999999',
  role: '999999',
  userid: '0'.repeat(32),
  service: 'never',
  owner: '0'.repeat(32),
  dataset: 'never',
  revision: 'never',
  path: 'never.csv',
};
/** A slug is everybody's, so that one which is taken must be told of. */
const SHARED_NAMES = ['POST /api/client/{slug}'];

/** The upload services of the originals answer 401 to a token that is not for them. */
const UPLOADS = /^\/(datastore|rawstore)\/(authorize|info)$/;

const guarded = apiOperations().filter(({ permission }) => permission !== 'public');
const nameOf = ({ method, path }: ApiOperation) => `${method} ${path}`;

/** S2: every operation, tried by those who may not. The table is made of the OpenAPI document. */
describe('who may not', () => {
  let app: TestApp;
  let other: string;
  let things: Things[];

  beforeAll(async () => {
    app = await startApp();
    const owner = await signUp(app, 'owner');
    other = (await signUp(app, 'other')).token;
    const id = String(owner.id);
    const world = new World(app, owner.token);
    const { slug } = await world.client();
    const keys = `/api/v1.0/users/${id}/api-keys`;
    const key = await world.send<{ id: number }>(keys, { json: { name: 'one', scopes: ['users.read'] } });
    const acls = await world.send<{ id: number }[]>(`/api/v1.0/users/${id}/acls`, {});
    const roles = `/api/v1.0/users/${id}/roles`;
    const role = await world.send<{ id: number }>(roles, {
      json: { name: 'clerk' },
      token: await app.adminToken(),
    });
    const { userid } = await world.send<{ userid: string }>(`/api/v1.0/users/${id}`, {});
    const admins = new World(app, await app.adminToken());
    const grant = `/api/v1.0/service-permissions/${userid}/os.datastore`;
    await admins.send(grant, { method: 'PUT', json: { permissions: { upload: true } } });
    const again = await admins.app.request('/acme_orders/api/v1/orders/revalidate', {
      method: 'POST',
      token: admins.token,
    });
    const jobId = again.headers.get('location')!.split('/').at(-1)!;
    const taskId = await jobOf(app, owner.token);
    const imports = '/acme_orders/api/v1/orders/import';
    things = [
      { below: '/api/v1.0/jobs/{id}', values: { id: taskId }, stranger: 'hidden' },
      { below: '/api/v1.0/tasks/status/{id}', values: { id: taskId }, stranger: 'hidden' },
      { below: `${imports}/status/{taskId}`, values: { taskId }, stranger: 'hidden' },
      { below: `${imports}/{taskId}`, values: { taskId }, stranger: 'hidden' },
      { below: '/acme_orders/api/v1/orders/revalidate/{jobId}', values: { jobId }, stranger: 'hidden' },
      { below: '/acme_orders/api/v1/orders/{id}', values: { id: '1' }, stranger: 'shared' },
      { below: '/api/client/{slug}', values: { slug }, stranger: 'hidden' },
      { below: '/api/v1.0/users/{id}', values: { id }, stranger: 'shared' },
      { below: '/api/v1.0/users/{id}/api-keys', values: { id, key: String(key.id) }, stranger: 'refused' },
      { below: '/api/v1.0/users/{id}/acls', values: { id, acl: String(acls[0]!.id) }, stranger: 'refused' },
      { below: '/api/v1.0/users/{id}/roles', values: { id, role: String(role.id) }, stranger: 'refused' },
      { below: '/api/v1.0/users/{id}/permissions', values: { id }, stranger: 'refused' },
      { below: '/api/v1.0/users/{id}/password', values: { id }, stranger: 'refused' },
      { below: '/api/v1.0/users/{id}/tokens', values: { id }, stranger: 'refused' },
      {
        below: '/api/v1.0/service-permissions/{userid}/{service}',
        values: { userid, service: 'os.datastore' },
        stranger: 'refused',
      },
      { below: '/storage/owner/{owner}', values: { owner: userid }, stranger: 'refused' },
      {
        below: '/storage/dataset_id/{owner}',
        values: { owner: userid, dataset: 'set' },
        stranger: 'refused',
      },
      {
        below: '/storage/flow_id/{owner}',
        values: { owner: userid, dataset: 'set', revision: '1' },
        stranger: 'refused',
      },
      {
        below: '/storage/info/{bucket}/{owner}',
        values: { owner: userid, path: 'a.csv' },
        stranger: 'refused',
      },
    ];
  });
  afterAll(() => app?.close());

  /** The things that an operation is about: those of the longest path. */
  function thingsOf({ path }: ApiOperation): Things | undefined {
    return things
      .filter(({ below }) => path === below || path.startsWith(`${below}/`))
      .sort((a, b) => b.below.length - a.below.length)[0];
  }

  function call(operation: ApiOperation, token?: string, values: Readonly<Record<string, string>> = {}) {
    const { method, path, body } = operation;
    return app.request(
      path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '1'),
      {
        method,
        token,
        ...(method !== 'GET' && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body ?? {}),
        }),
      },
    );
  }

  /** What each operation answers to a credential that should open none of them. */
  async function statuses(token: string | undefined, operations = guarded): Promise<Record<string, number>> {
    const answers: Record<string, number> = {};
    for (const operation of operations) {
      const response = await call(operation, token, thingsOf(operation)?.values);
      await response.arrayBuffer();
      answers[nameOf(operation)] = response.status;
      if (response.status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    return answers;
  }
  const all = (status: number, operations = guarded) =>
    Object.fromEntries(
      operations.map((operation) => [nameOf(operation), UPLOADS.test(operation.path) ? 401 : status]),
    );

  it('nobody: 401', async () => {
    expect(guarded.length).toBeGreaterThan(60);
    expect(await statuses(undefined)).toEqual(all(401));
  });

  it('who makes up a token: 401', async () => {
    expect(await statuses('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.')).toEqual(all(401));
  });

  it('who makes up an API key: 401', async () => {
    expect(await statuses(`sbx_${'A'.repeat(43)}`)).toEqual(all(401));
  });

  it('a user without a role that allows it: 403', async () => {
    const reserved = guarded.filter(({ permission }) => !definedPermissions().get(permission)!.everyone);
    expect(reserved.length).toBeGreaterThan(15);
    expect(await statuses(other, reserved)).toEqual(all(403, reserved));
  });

  it("an admin's API key without the scope: 403", async () => {
    const world = new World(app, await app.adminToken());
    for (const scope of ['audit.read', 'users.read']) {
      const { key } = await world.send<{ key: string }>('/api/v1.0/users/1/api-keys', {
        json: { name: scope, scopes: [scope] },
      });
      const closed = guarded.filter(({ permission }) => permission !== scope);
      expect(await statuses(key, closed)).toEqual(all(403, closed));
    }
  });

  it("an admin's API client without the scope: 403", async () => {
    const world = new World(app, await app.adminToken());
    const { data } = await world.send<{ data: { client_id: string; client_secret: string } }>(
      '/api/client/narrow',
      { json: { title: 'Narrow', scopes: ['audit.read'] } },
    );
    const { client_id, client_secret } = data;
    const { jwt } = await world.send<{ jwt: string }>('/api/authorize', {
      json: { client_id, client_secret },
    });
    const closed = guarded.filter(({ permission }) => permission !== 'audit.read');
    expect(await statuses(jwt, closed)).toEqual(all(403, closed));
  });

  it("an admin's permission token for another service: 403", async () => {
    const token = await app.adminToken();
    const answer = await app.request('/user/authorize?service=os.datastore', { token });
    const { token: permissionToken } = (await answer.json()) as { token: string };
    const closed = guarded.filter(
      ({ permission }) => !definedPermissions().get(permission)!.services?.includes('os.datastore'),
    );
    expect(await statuses(permissionToken, closed)).toEqual(all(403, closed));
  });

  it('another owner: everything that a user may ask for by its name is in the table', () => {
    const named = guarded.filter(
      ({ path, permission }) => path.includes('{') && definedPermissions().get(permission)!.everyone,
    );
    expect(named.length).toBeGreaterThan(25);
    expect(named.filter((operation) => !thingsOf(operation)).map(nameOf)).toEqual([]);
  });

  it('another owner: hidden, in the same words as what never was, or refused', async () => {
    const tried: string[] = [];
    for (const operation of guarded) {
      const its = thingsOf(operation);
      const mine = definedPermissions().get(operation.permission)!.everyone === true;
      if (!its || !mine || its.stranger === 'shared' || SHARED_NAMES.includes(nameOf(operation))) continue;
      const last = /\{(\w+)\}[^{}]*$/.exec(operation.path)![1]!;
      const foreign = await call(operation, other, its.values);
      const missing = await call(operation, other, { ...its.values, [last]: MISSING[last]! });
      const status = its.stranger === 'hidden' ? 404 : 403;
      expect([nameOf(operation), foreign.status, missing.status]).toEqual([
        nameOf(operation),
        status,
        status,
      ]);
      expect(words(await foreign.text())).toBe(words(await missing.text()));
      tried.push(nameOf(operation));
    }
    expect(tried.length).toBeGreaterThan(20);
  });
});

/** A text without the ids in it, which differ from request to request. */
function words(text: string): string {
  return text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
}
