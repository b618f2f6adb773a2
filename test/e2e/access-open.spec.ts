import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { World } from '../support/deeds.js';
import { register } from '../support/packages.js';

/**
 * Operations that are open to everybody and still heed who asks: the contracts of the originals have them answer
 * without a token, or say in words of their own that one is missing.
 */
const HEEDING: Readonly<
  Record<string, (id: string) => { path: string; options?: TestRequest; refusal: [number, unknown] }>
> = {
  'POST /user/update': () => ({
    path: '/user/update?username=mine',
    refusal: [200, { success: false, error: expect.any(String) }],
  }),
  'POST /hooks/load/api': () => ({
    path: '/hooks/load/api?datapackage=https%3A%2F%2Fdata.example.org%2Fdatapackage.json',
    refusal: [403, expect.anything()],
  }),
  'POST /package/publish': (id) => ({
    path: `/package/publish?id=${id}&publish=true`,
    refusal: [403, expect.anything()],
  }),
  'POST /package/delete': (id) => ({ path: `/package/delete?id=${id}`, refusal: [200, null] }),
  'POST /package/update_params': (id) => ({
    path: `/package/update_params?id=${id}`,
    options: { json: { params: 'x' } },
    refusal: [200, null],
  }),
  'POST /package/run-hooks': (id) => ({
    path: `/package/run-hooks?id=${id}&pipeline=http%3A%2F%2F127.0.0.1%3A9%2Frun`,
    refusal: [200, null],
  }),
  'GET /package/{id}': (id) => ({ path: `/package/${id}`, refusal: [404, expect.anything()] }),
  'GET /package/{id}/data/{resource}': (id) => ({
    path: `/package/${id}/data/x`,
    refusal: [404, expect.anything()],
  }),
  'GET /package/{id}/files/{path}': (id) => ({
    path: `/package/${id}/files/x.csv`,
    refusal: [404, expect.anything()],
  }),
};

describe('an operation that is open, with an API key that has not its scope', () => {
  let app: TestApp;
  let id: string;
  let key: string;

  beforeAll(async () => {
    app = await startApp({ RUN_HOOKS_ALLOW: 'http://127.0.0.1:9/run' });
    const world = new World(app, await app.adminToken());
    const { userid } = await world.send<{ userid: string }>('/api/v1.0/users/1', {});
    id = encodeURIComponent(await register(app, userid, 'mine'));
    ({ key } = await world.send<{ key: string }>('/api/v1.0/users/1/api-keys', {
      json: { name: 'narrow', scopes: ['audit.read'] },
    }));
  });
  afterAll(() => app?.close());

  it.each(Object.keys(HEEDING))('is as for nobody: %s', async (operation) => {
    const { path, options, refusal } = HEEDING[operation]!(id);
    const method = operation.split(' ')[0]!;
    const answer = await app.request(path, { ...options, method, token: key });
    const text = await answer.text();
    expect([answer.status, JSON.parse(text)]).toEqual(refusal);
  });
});
