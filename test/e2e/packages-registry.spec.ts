import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PackageRegistry } from '../../src/packages/registry/package-registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Owner, ownerNamed, register } from '../support/packages.js';

describe('the registry of packages', () => {
  let app: TestApp;
  let ann: Owner;
  let bob: Owner;
  let admin: Owner;
  let made = 0;

  beforeAll(async () => {
    app = await startApp();
    ann = await ownerNamed(app, 'ann');
    bob = await ownerNamed(app, 'bob');
    admin = await ownerNamed(app, 'root', ['admin']);
  });
  afterAll(() => app?.close());

  const make = (owner = ann, name = `package-${++made}`) => register(app, owner.userid, name);
  const isPrivate = async (id: string) => (await app.app.get(PackageRegistry).find(id))?.private;

  /** Posts parameters in the query; resolves with status and JSON. */
  async function post(path: string, query: Record<string, string>): Promise<[number, unknown]> {
    const answer = await app.request(`/package/${path}?${String(new URLSearchParams(query))}`, {
      method: 'POST',
    });
    return [answer.status, json(await answer.text())];
  }
  const json = (body: string): unknown => (body === '' ? '' : JSON.parse(body));

  describe('publishing', () => {
    it('makes a package public, private, and the other of both', async () => {
      const id = await make();
      const publish = (value: string) => post('publish', { jwt: ann.permissionToken, id, publish: value });
      expect(await isPrivate(id)).toBe(true);
      for (const [value, published] of [
        ['true', true],
        ['True', true],
        ['toggle', false],
        ['TOGGLE', true],
        ['False', false],
      ] as const) {
        expect(await publish(value)).toEqual([200, { success: true, published }]);
        expect(await isPrivate(id)).toBe(!published);
      }
    });

    it('takes parameters and tokens wherever clients put them', async () => {
      const id = await make();
      const urlencoded = new URLSearchParams({ jwt: ann.permissionToken, id, publish: 'toggle' }).toString();
      const multipart = new FormData();
      for (const [name, value] of new URLSearchParams(urlencoded)) multipart.set(name, value);
      const query = `id=${encodeURIComponent(id)}&publish=toggle`;
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const [path, options] of [
        ['/package/publish', { body: urlencoded, headers: form }],
        ['/package/publish/', { body: urlencoded, headers: form }],
        ['/package/publish', { body: multipart }],
        [`/package/publish?${query}`, { headers: { 'Auth-Token': ann.permissionToken } }],
        [`/package/publish?${query}`, { token: ann.permissionToken }],
        [`/package/publish?${query}`, { token: ann.token }],
      ] as const) {
        const before = await isPrivate(id);
        const answer = await app.request(path, { method: 'POST', ...options });
        expect(await answer.json()).toEqual({ success: true, published: before });
      }
    });

    it('tells what is wrong in the words that clients know', async () => {
      const id = await make();
      const jwt = ann.permissionToken;
      expect(await post('publish', { id, publish: 'true' })).toEqual([
        403,
        expect.objectContaining({ success: false, code: 'TOKEN_MISSING' }),
      ]);
      for (const publish of ['yes', '', '1', 'constructor'])
        expect(await post('publish', { jwt, id, publish })).toEqual([400, '']);
      expect(await post('publish', { jwt: 'nonsense', id, publish: 'true' })).toEqual([
        401,
        expect.objectContaining({ success: false, error: expect.stringMatching(/token/i) }),
      ]);
      expect(await isPrivate(id)).toBe(true);
    });

    it('speaks of the package of somebody else as of none, and lets admins do it', async () => {
      const id = await make();
      const never = `${ann.userid}:never-was`;
      for (const unknown of [id, never, 'no id', '', ':', `${bob.userid}:`, `${bob.userid}:\0`])
        expect(await post('publish', { jwt: bob.permissionToken, id: unknown, publish: 'toggle' })).toEqual([
          200,
          { success: false, error: `Failed to locate package ${unknown}` },
        ]);
      expect(await post('publish', { jwt: ann.permissionToken, id: never, publish: 'true' })).toEqual([
        200,
        { success: false, error: `Failed to locate package ${never}` },
      ]);
      expect(await isPrivate(id)).toBe(true);
      const success = { success: true, published: true };
      expect(await post('publish', { jwt: admin.token, id, publish: 'true' })).toEqual([200, success]);
      // An admin's permission token acts for what is his own.
      const forPermissionToken = await post('publish', { jwt: admin.permissionToken, id, publish: 'false' });
      expect(forPermissionToken[1]).toMatchObject({ success: false });
    });

    it('is refused to an API key without the scope', async () => {
      const id = await make(admin);
      const answer = await app.request('/api/v1.0/users/1/api-keys', {
        token: await app.adminToken(),
        json: { name: 'reads', scopes: ['packages.read'] },
      });
      const { key } = (await answer.json()) as { key: string };
      expect((await post('publish', { jwt: key, id, publish: 'true' }))[0]).toBe(403);
      expect(await post('delete', { jwt: key, id })).toEqual([200, null]);
    });

    it('survives that the package is loaded again', async () => {
      const id = await make(ann, 'again');
      await post('publish', { jwt: ann.token, id, publish: 'true' });
      await app.request(`/package/update_params?id=${encodeURIComponent(id)}`, {
        token: ann.token,
        json: { params: 'x' },
      });
      await register(app, ann.userid, 'again', {
        descriptor: { name: 'again', private: true },
        loaded: false,
      });
      const found = await app.app.get(PackageRegistry).find(id);
      expect(found).toMatchObject({ private: false, loaded: false });
      expect(found!.record.package).toMatchObject({ private: false, defaultParams: { params: 'x' } });
    });

    it('toggles as often as it is asked, however many ask at once', async () => {
      const id = await make();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => post('publish', { jwt: ann.token, id, publish: 'toggle' })),
      );
      const published = answers.map(([, body]) => (body as { published: boolean }).published);
      expect(published.filter(Boolean)).toHaveLength(5);
      expect(await isPrivate(id)).toBe(true);
    });
  });

  describe('deleting', () => {
    it('is for the owner', async () => {
      const id = await make();
      expect((await post('delete', { id }))[0]).toBe(403);
      expect((await post('delete', { jwt: ann.token }))[0]).toBe(400);
      for (const jwt of ['nonsense', bob.permissionToken, bob.token, admin.permissionToken])
        expect(await post('delete', { jwt, id })).toEqual([200, null]);
      expect(await isPrivate(id)).toBe(true);
      expect(await post('delete', { jwt: ann.permissionToken, id })).toEqual([200, { success: true }]);
      expect(await isPrivate(id)).toBeUndefined();
      expect(await post('delete', { jwt: ann.permissionToken, id })).toEqual([200, { success: false }]);
    });

    it('tells others nothing of whether it is there', async () => {
      for (const id of [await make(), `${ann.userid}:never`, 'odd', `${ann.userid}:\u0001`])
        expect(await post('delete', { jwt: bob.token, id })).toEqual([200, null]);
    });
  });

  describe('the default parameters', () => {
    async function update(id: string | undefined, body: unknown, jwt?: string): Promise<[number, unknown]> {
      const query = new URLSearchParams({
        ...(jwt !== undefined && { jwt }),
        ...(id !== undefined && { id }),
      });
      const answer = await app.request(`/package/update_params?${String(query)}`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return [answer.status, json(await answer.text())];
    }
    const kept = async (id: string) =>
      (await app.app.get(PackageRegistry).find(id))!.record.package['defaultParams'];

    it('are the whole body, without a token that came in it', async () => {
      const id = await make();
      const body = { params: 'lang=en', more: { a: [1, null, 'x\0\ud800'] } };
      expect(await update(id, { ...body, jwt: ann.permissionToken })).toEqual([200, { success: true }]);
      expect(await kept(id)).toEqual({ params: 'lang=en', more: { a: [1, null, 'x\ufffd\ufffd'] } });
      expect(await update(id, { params: 'lang=pt' }, ann.token)).toEqual([200, { success: true }]);
      expect(await kept(id)).toEqual({ params: 'lang=pt' });
    });

    it('are refused where they are not right', async () => {
      const id = await make();
      expect((await update(id, { params: 'x' }))[0]).toBe(403);
      expect((await update(undefined, { params: 'x' }, ann.token))[0]).toBe(400);
      for (const body of [
        {},
        { params: 7 },
        { params: null },
        [],
        '[{"params":"x"}]',
        '"params"',
        'null',
        '',
      ])
        expect(await update(id, body, ann.token)).toEqual([
          400,
          expect.objectContaining({ detail: "No 'params' key or bad params value." }),
        ]);
      for (const body of ['{', '{"params":"x","__proto__":{"a":1}}'])
        expect((await update(id, body, ann.token))[0]).toBe(400);
      expect((await update(id, { params: 'x'.repeat(65 * 1024) }, ann.token))[0]).toBe(413);
      for (const jwt of ['nonsense', bob.permissionToken])
        expect(await update(id, { params: 'x' }, jwt)).toEqual([200, null]);
      expect(await update(`${ann.userid}:never`, { params: 'x' }, ann.token)).toEqual([200, null]);
      expect(await kept(id)).toBeUndefined();
    });
  });

  it('takes whatever a descriptor may hold, and no name that cannot be an id', async () => {
    const odd = {
      title: ['a', 7],
      description: 'word '.repeat(400_000),
      author: { email: 'x@y.org' },
      countryCode: Array.from({ length: 5000 }, (_, n) => `c\0${n}`),
      cityCode: { x: 'y'.repeat(10_000) },
      'k\0': '\ud800',
    };
    const id = await register(app, ann.userid, 'odd', { descriptor: odd, model: { 'a\0': 1 } });
    expect((await app.request(`/package/${id}`, { token: ann.token })).status).toBe(200);
    for (const name of ['', 'a\0', 'x'.repeat(600)])
      await expect(register(app, ann.userid, name)).rejects.toMatchObject({ code: 'PACKAGE_NAME_INVALID' });
  });
});
