import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { type Owner, ownerNamed, register } from '../support/packages.js';

interface Sent {
  readonly type: string;
  readonly body: string;
}

describe('handing a package to a pipeline', () => {
  let app: TestApp;
  let ann: Owner;
  let bob: Owner;
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
  });
  afterAll(async () => {
    await app?.close();
    pipelines?.close();
  });

  const make = (name = `package-${++made}`) => register(app, ann.userid, name);
  const run = (id: string, url: string, jwt = ann.permissionToken) => post({ jwt, id, pipeline: url });

  async function post(query: Record<string, string>): Promise<[number, unknown]> {
    const path = `/package/run-hooks?${String(new URLSearchParams(query))}`;
    const answer = await app.request(path, { method: 'POST' });
    return [answer.status, await answer.json()];
  }

  it('sends its address as a file of a form', async () => {
    const id = await make('handed');
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
    expect((await post({ id, pipeline }))[0]).toBe(403);
    expect((await post({ jwt: ann.token, id }))[0]).toBe(400);
    expect((await post({ jwt: 'nonsense', pipeline }))[0]).toBe(400);
    for (const jwt of ['nonsense', bob.token]) expect(await run(id, pipeline, jwt)).toEqual([200, null]);
    expect(await run(`${ann.userid}:never`, pipeline)).toEqual([200, null]);
    const nowhere = await register(app, ann.userid, 'nowhere', { originUrl: null });
    expect(await run(nowhere, pipeline)).toEqual([200, expect.objectContaining({ success: false })]);
    expect(sent).toHaveLength(before);
  });
});
