import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JobsService } from '../../src/jobs/index.js';
import { PRUNE_LOADS } from '../../src/packages/loading/prune-loads.job.js';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient, type Progress, queryText } from '../support/package-client.js';
import { RemoteServer } from '../support/remote-server.js';
import { uploader } from '../support/uploads.js';

/** The loader of the originals, which is told of packages and reports about them. */
describe('an external loader', () => {
  let app: TestApp;
  let client: PackageClient;
  let loader: RemoteServer;
  let answerWith = 200;
  let made = 0;

  beforeAll(async () => {
    loader = await RemoteServer.start();
    const url = loader.at('/api/3/loader/', (response) => response.writeHead(answerWith).end());
    app = await startApp({
      JOB_POLL: '50',
      LOADER_URL: `${url}?key=of%20ours`,
      LOADER_TIMEOUT: '2',
      OUTBOUND_ALLOW: '127.0.0.1/32',
    });
    client = new PackageClient(app, await uploader(app, 'ann'));
  });
  afterAll(async () => {
    await app?.close();
    loader?.close();
  });

  const status = async (datapackage: string): Promise<Progress> =>
    (await app.request(`/package/status?${queryText({ datapackage })}`)).json() as Promise<Progress>;

  /** Begins a load; returns its address and the one that the loader was given to report to. */
  async function begin() {
    const address = `${loader.url}/p${++made}/datapackage.json?a=1&b=2`;
    expect(await client.begin(address, '/hooks/load/api')).toEqual({ status: 'queued', progress: 0 });
    const told = new URL(loader.requests.at(-1)!, loader.url).searchParams;
    return { address, told, callback: new URL(told.get('callback')!) };
  }
  const report = async (callback: URL, values: Record<string, string>, method = 'GET') => {
    const url = new URL(callback.pathname + callback.search, app.url);
    if (method === 'GET')
      for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
    const answer = await fetch(url, {
      method,
      ...(method === 'POST' && { body: new URLSearchParams(values) }),
    });
    return [answer.status, await answer.text()];
  };

  it('is told of the package and where to report', async () => {
    const { address, told, callback } = await begin();
    expect(Object.fromEntries(told)).toEqual({
      key: 'of ours',
      package: address,
      callback: expect.stringMatching(/\/hooks\/load\/callback\?token=[\w.-]+$/),
    });
    expect(callback.origin).toBe(app.url);
  });

  it('reports how it gets on, by GET and by a form, at both addresses', async () => {
    const { address, callback } = await begin();
    const is = { package: address };
    expect(await report(callback, { ...is, status: 'loading-data', progress: '10' })).toEqual([200, '']);
    expect(await status(address)).toEqual({ status: 'loading-data', progress: 10 });
    callback.pathname = '/package/callback';
    expect(await report(callback, { ...is, status: 'loading-data', progress: '20' }, 'POST')).toEqual([
      200,
      '',
    ]);
    expect(await status(address)).toEqual({ status: 'loading-data', progress: 20 });
    await report(callback, { ...is, status: 'saving-metadata', error: 'none really', data: '{}' });
    expect(await status(address)).toEqual({ status: 'saving-metadata', progress: 20 }); // kept; no error but with fail
    await report(callback, { ...is, status: 'done', error: 'none' });
    expect(await status(address)).toEqual({ status: 'done', progress: 20 });
    expect(await report(callback, { ...is, status: 'fail', error: 'late' })).toEqual([200, '']);
    expect(await status(address)).toEqual({ status: 'done', progress: 20 });
  });

  it('has the package entered into the registry when it is done', async () => {
    const { address, callback } = await begin();
    const path = new URL(address).pathname;
    loader.at(path, {
      name: 'elsewhere',
      resources: [{ name: 'r', data: [{ a: 1 }], schema: { fields: [{ name: 'a' }] } }],
    });
    await report(callback, { package: address, status: 'done', progress: '7' });
    const { userid, token } = client.user;
    let answer = await app.request(`/package/${userid}:elsewhere`, { token });
    for (let tries = 0; answer.status === 404 && tries < 100; tries++) {
      await sleep(50);
      answer = await app.request(`/package/${userid}:elsewhere`, { token });
    }
    const entry = { loaded: true, loading_status: 'done', package: { count_of_rows: 7, private: true } };
    expect(await answer.json()).toMatchObject({ ...entry, origin_url: address });
    const rows = await app.request(`/package/${userid}:elsewhere/data/r`, { token });
    expect(await rows.json()).toMatchObject({ code: 'PACKAGE_DATA_NOT_FOUND' });
  });

  it('says why a load failed', async () => {
    const first = await begin();
    await report(first.callback, { package: first.address, status: 'fail', error: 'Traceback: é\0' });
    expect(await status(first.address)).toEqual({ status: 'fail', progress: 0, error: 'Traceback: é\ufffd' });
    const second = await begin();
    await report(second.callback, { package: second.address, status: 'fail' });
    expect(await status(second.address)).toMatchObject({ status: 'fail', error: expect.any(String) });
  });

  it('is passed over where it does not say of what, or how', async () => {
    const { address, callback } = await begin();
    expect(await report(callback, { package: address })).toEqual([200, '']);
    expect(await report(callback, { status: 'done' })).toEqual([200, '']);
    expect(await status(address)).toEqual({ status: 'queued', progress: 0 });
  });

  it.each(['-1', 'many', '1e30', '0.7', '', '9'.repeat(400)])(
    'may say a strange progress: %s',
    async (progress) => {
      const { address, callback } = await begin();
      const word = `w\0${'x'.repeat(5000)}`;
      expect(await report(callback, { package: address, status: word, progress })).toEqual([200, '']);
      const now = await status(address);
      expect(now.status).toMatch(/^w\ufffdx{98}$/);
      expect(Number.isInteger(now.progress) && now.progress >= 0 && now.progress <= 1).toBe(true);
    },
  );

  it('is refused without the token of a load, and with one that was changed', async () => {
    const { address, callback } = await begin();
    const token = callback.searchParams.get('token')!;
    const other = (await begin()).callback.searchParams.get('token')!;
    const [id, ...rest] = token.split('.');
    const forged = [
      '',
      'x',
      `${Number(id) + 1}.${rest.join('.')}`,
      token.slice(0, -2),
      `${id}.${other}`,
      `0${token}`,
      `${token}.x`,
    ];
    for (const wrong of [undefined, ...forged]) {
      callback.searchParams.delete('token');
      if (wrong !== undefined) callback.searchParams.set('token', wrong);
      for (const method of ['GET', 'POST']) {
        const [code, body] = await report(callback, { package: address, status: 'done' }, method);
        expect([wrong, method, code]).toEqual([wrong, method, 403]);
        expect(body).toContain('CALLBACK_REFUSED');
      }
    }
    expect(await status(address)).toEqual({ status: 'queued', progress: 0 });
  });

  it.each([500, 404, 302])('that answers %s has failed', async (code) => {
    answerWith = code;
    const address = `https://data.example.org/refused-${code}`;
    const failed = { status: 'fail', progress: 0, error: `HTTP ${code}` };
    expect(await client.begin(address)).toEqual(failed);
    expect(await status(address)).toEqual(failed);
    answerWith = 200;
  });

  it('has failed when it was not heard of for too long', async () => {
    const { address, callback } = await begin();
    await sleep(1500);
    await report(callback, { package: address, status: 'loading-data' }); // heard of in time
    await sleep(1000);
    const jobs = app.app.get(JobsService);
    await jobs.enqueue(PRUNE_LOADS, {});
    await sleep(500);
    expect((await status(address)).status).toBe('loading-data');
    await sleep(1500);
    await jobs.enqueue(PRUNE_LOADS, {});
    expect(await client.ended(address)).toEqual({
      status: 'fail',
      progress: 0,
      error: 'The loader was not heard of again. Load the package again.',
    });
    await report(callback, { package: address, status: 'done' });
    expect((await status(address)).status).toBe('fail');
  });

  it('that cannot be reached has failed', async () => {
    loader.close();
    expect(await client.begin('https://data.example.org/nobody')).toEqual({
      status: 'fail',
      progress: 0,
      error: 'The loader cannot be reached. Try again later.',
    });
  });
});
