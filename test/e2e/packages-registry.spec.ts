import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PackageRegistry } from '../../src/packages/registry/package-registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Owner, ownerNamed, register, setPrivate } from '../support/packages.js';

interface Sent {
  readonly type: string;
  readonly body: string;
}

describe('the registry of packages', () => {
  let app: TestApp;
  let ann: Owner;
  let bob: Owner;
  let admin: Owner;
  let pipelines: Server;
  let pipeline: string;
  const sent: Sent[] = [];
  let made = 0;

  beforeAll(async () => {
    pipelines = createServer((request, response) => {
      void textOf(request).then((body) => {
        sent.push({ type: request.headers['content-type'] ?? '', body });
        if (request.url === '/broken') return response.writeHead(500).end('out of memory');
        if (request.url === '/elsewhere') return response.writeHead(307, { location: '/run' }).end();
        return response.writeHead(200).end('{"iri":"http://run/1"}');
      });
    });
    await new Promise<void>((resolve) => pipelines.listen(0, '127.0.0.1', resolve));
    pipeline = `http://127.0.0.1:${(pipelines.address() as AddressInfo).port}`;
    app = await startApp({
      RUN_HOOKS_ALLOW: `${pipeline}, http://127.0.0.1:9/run, http://127.0.0.2/run`,
      OUTBOUND_ALLOW: '127.0.0.1/32',
    });
    ann = await ownerNamed(app, 'ann');
    bob = await ownerNamed(app, 'bob');
    admin = await ownerNamed(app, 'root', ['admin']);
  });
  afterAll(async () => {
    await app?.close();
    pipelines?.close();
  });

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

  describe('handing a package to a pipeline', () => {
    const run = (id: string, url: string, jwt = ann.permissionToken) =>
      post('run-hooks', { jwt, id, pipeline: url });

    it('sends its address as a file of a form', async () => {
      const id = await make(ann, 'handed');
      const payload = {
        '@context': { '@vocab': 'http://schema.org/', url: { '@type': '@id' } },
        url: `https://data.example.org/${ann.userid}/handed/datapackage.json`,
      };
      expect(await run(id, `${pipeline}/run`)).toEqual([
        200,
        { success: true, response: '{"iri":"http://run/1"}', payload },
      ]);
      const { type, body } = sent.at(-1)!;
      expect(type).toMatch(/^multipart\/form-data; boundary=/);
      expect(body).toMatch(
        /content-disposition: form-data; name="input"; filename="package-url.jsonld"\r\ncontent-type: application\/json\r\n/i,
      );
      expect(body).toContain(JSON.stringify(payload));
    });

    it('tells what went wrong there', async () => {
      const id = await make();
      for (const [url, error] of [
        [`${pipeline}/broken`, 'The pipeline answered 500: out of memory'],
        [`${pipeline}/elsewhere`, expect.stringContaining('redirects')],
        ['http://127.0.0.1:9/run', expect.stringContaining('could not be reached')],
        ['http://127.0.0.2/run', expect.stringContaining('OUTBOUND_ALLOW')],
      ] as const)
        expect(await run(id, url)).toEqual([200, expect.objectContaining({ success: false, error })]);
    });

    it('goes nowhere else than where the operator allows it', async () => {
      const id = await make();
      const before = sent.length;
      for (const url of [
        'http://127.0.0.1:9/other',
        pipeline.replace('127.0.0.1', 'localhost'),
        pipeline.replace('http://', 'http://127.0.0.1:9@'),
        'file:///etc/passwd',
        'no address',
      ])
        expect(await run(id, url)).toEqual([
          200,
          { success: false, error: expect.stringContaining('RUN_HOOKS_ALLOW') },
        ]);
      expect(sent).toHaveLength(before);
    });

    it('is for the owner, and of a package that has an address', async () => {
      const id = await make();
      const before = sent.length;
      expect((await post('run-hooks', { id, pipeline }))[0]).toBe(403);
      expect((await post('run-hooks', { jwt: ann.token, id }))[0]).toBe(400);
      expect((await post('run-hooks', { jwt: 'nonsense', pipeline }))[0]).toBe(400);
      for (const jwt of ['nonsense', bob.token]) expect(await run(id, pipeline, jwt)).toEqual([200, null]);
      expect(await run(`${ann.userid}:never`, pipeline)).toEqual([200, null]);
      const nowhere = await register(app, ann.userid, 'nowhere', { originUrl: null });
      expect(await run(nowhere, pipeline)).toEqual([200, expect.objectContaining({ success: false })]);
      expect(sent).toHaveLength(before);
    });
  });

  describe('looking at packages', () => {
    let shown: string;
    let hidden: string;
    const get = (path: string, token?: string) => app.request(`/package${path}`, { token });

    beforeAll(async () => {
      const descriptor = { name: 'shown', title: 'Shown to all', countryCode: 'PT', author: 'a <a@b.org>' };
      shown = await register(app, bob.userid, 'shown', { descriptor });
      hidden = await register(app, bob.userid, 'hidden', { loaded: false, loadingStatus: 'fail' });
      await setPrivate(app, shown, false);
    });

    it('shows a public one to everybody, and a private one to its owner and to admins', async () => {
      const answer = await get(`/${shown}`);
      expect(await answer.json()).toMatchObject({
        id: shown,
        author: 'a <a@not.shown>',
        dataset: 'shown',
        loading_status: 'done',
        loaded: true,
        package: { title: 'Shown to all', private: false },
      });
      const never = await get(`/${bob.userid}:never`, ann.token);
      for (const token of [undefined, ann.token, bob.permissionToken]) {
        const refused = await get(`/${hidden}`, token);
        expect(refused.status).toBe(404);
        const words = ({ requestId: _, ...rest }: Record<string, unknown>) => rest;
        expect(words((await refused.json()) as Record<string, unknown>)).toEqual(
          words((await never.clone().json()) as Record<string, unknown>),
        );
      }
      for (const token of [bob.token, admin.token]) expect((await get(`/${hidden}`, token)).status).toBe(200);
      expect((await get(`/${shown}`, 'nonsense')).status).toBe(401);
      for (const odd of ['x', '%00:a', 'constructor', `${bob.userid}:${'x'.repeat(600)}`])
        expect((await get(`/${odd}`)).status).toBe(404);
    });

    it('lists those that the caller may see, page by page', async () => {
      const list = async (query: string, token?: string) => {
        const answer = await get(`?owner=${bob.userid}${query}`, token);
        return (await answer.json()) as { data: { id: string }[]; next: string | null };
      };
      const ids = async (query: string, token?: string) =>
        (await list(query, token)).data.map(({ id }) => id);
      for (const token of [undefined, ann.token]) expect(await ids('', token)).toEqual([shown]);
      for (const token of [bob.token, admin.token]) expect(await ids('', token)).toEqual([hidden, shown]);
      expect(await ids('&q=shown%20nothing')).toEqual([shown]);
      expect(await ids('&q=nothing')).toEqual([]);
      const { data, next } = await list('&limit=1', bob.token);
      expect(data).toMatchObject([{ id: hidden, name: 'hidden', private: true, loading_status: 'fail' }]);
      expect(next).toBe(hidden);
      expect(await list(`&limit=1&after=${hidden}`, bob.token)).toMatchObject({
        data: [{ id: shown, title: 'Shown to all', count_of_rows: 10 }],
        next: null,
      });
      expect((await get('', 'nonsense')).status).toBe(401);
    });

    it.each([
      'limit=0',
      'limit=1001',
      'limit=x',
      'after=%00',
      `q=${'x'.repeat(1001)}`,
      'owner=a%00',
      'q=a&q=b',
      'x=1',
    ])('refuses a list with %s', async (query) => expect((await get(`?${query}`)).status).toBe(400));
  });

  it('counts packages, rows and countries', async () => {
    const other = await startApp();
    try {
      const stats = async () => (await other.request('/package/stats')).json();
      await register(other, 'a', 'one', { descriptor: { countryCode: 'PT' }, countOfRows: 3_000_000_000 });
      await register(other, 'a', 'two', { descriptor: { countryCode: ['PT', 'ES', 7] } });
      await register(other, 'b', 'three', { descriptor: {}, countOfRows: null });
      expect(await stats()).toEqual({ num_packages: 3, num_records: 3_000_000_010, num_countries: 2 });
    } finally {
      await other.close();
    }
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
