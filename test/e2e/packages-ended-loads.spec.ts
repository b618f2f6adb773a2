import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PRUNE_LOADS } from '../../src/packages/loading/prune-loads.job.js';
import { JobsService } from '../../src/jobs/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient, queryText } from '../support/package-client.js';
import { RemoteServer } from '../support/remote-server.js';
import { uploader } from '../support/uploads.js';

const RESOURCE = {
  name: 'data',
  path: 'data.csv',
  schema: { fields: [{ name: 'a', type: 'integer' }] },
};
const descriptorOf = (name: string) => ({ name, resources: [RESOURCE] });

let app: TestApp;
let ann: PackageClient;
let remote: RemoteServer;

beforeAll(async () => {
  remote = await RemoteServer.start();
  app = await startApp({ JOB_POLL: '50', OUTBOUND_ALLOW: '127.0.0.1/32' });
  ann = new PackageClient(app, await uploader(app, 'ann'));
});
afterAll(async () => {
  remote?.close();
  await app?.close();
});

interface JobAnswer {
  readonly id: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
}
const token = () => ann.user.token;
const entryOf = async (name: string): Promise<unknown> =>
  (await app.request(`/package/${ann.user.userid}:${name}`, { token: token() })).json();
const remove = async (name: string) => {
  const query = queryText({ jwt: ann.user.datastore, id: `${ann.user.userid}:${name}` });
  expect(await (await app.request(`/package/delete?${query}`, { method: 'POST' })).json()).toEqual({
    success: true,
  });
};
/** The job of Ann's newest load. */
const newestJob = async (): Promise<JobAnswer> => {
  const answer = await app.request('/api/v1.0/jobs?kind=packages.load&limit=1', { token: token() });
  return ((await answer.json()) as { jobs: JobAnswer[] }).jobs[0]!;
};
const jobOf = async (id: string): Promise<JobAnswer> =>
  (await app.request(`/api/v1.0/jobs/${id}`, { token: token() })).json() as Promise<JobAnswer>;
const endOf = async (id: string): Promise<JobAnswer> => {
  for (let tries = 0; tries < 400; tries++) {
    const job = await jobOf(id);
    if (['succeeded', 'failed', 'cancelled'].includes(job.state)) return job;
    await sleep(50);
  }
  throw new Error('the job does not end');
};
const retry = async (id: string) =>
  (await app.request(`/api/v1.0/jobs/${id}/retry`, { method: 'POST', token: token() })).status;
const prune = async () =>
  endOf(await app.app.get(JobsService).enqueue(PRUNE_LOADS, {}, { owner: ann.user.userid }));

/** A package elsewhere whose data come when the test says so. */
function heldBack(name: string) {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  remote.at(`/${name}/data.csv`, (response) => {
    ask();
    void released.then(() => response.end('a\n1\n'));
  });
  return { address: remote.at(`/${name}/datapackage.json`, descriptorOf(name)), asked, release };
}

describe('deleting a package', () => {
  it('ends its first load', async () => {
    const { address, asked, release } = heldBack('first');
    await ann.begin(address);
    await asked;
    expect(await entryOf('first')).toMatchObject({ loaded: false });
    await remove('first');
    release();
    expect(await endOf((await newestJob()).id)).toMatchObject({ state: 'cancelled' });
    expect(await ann.ended(address)).toEqual({
      status: 'fail',
      progress: 0,
      error: 'The package was deleted before this load had ended.',
    });
    expect(await entryOf('first')).toMatchObject({ code: 'PACKAGE_NOT_FOUND' });
  });

  it('ends a load that is to renew it, whether that knows its name already or not', async () => {
    for (const held of ['/again/data.csv', '/again/datapackage.json']) {
      remote.at('/again/data.csv', 'a\n1\n');
      const address = remote.at('/again/datapackage.json', descriptorOf('again'));
      await ann.begin(address);
      expect(await ann.ended(address)).toMatchObject({ status: 'done' });
      let waiting = false;
      remote.at(held, () => void (waiting = true));
      await ann.begin(address);
      while (!waiting) await sleep(20);
      await remove('again');
      expect(await ann.ended(address)).toMatchObject({ status: 'fail' });
      expect(await endOf((await newestJob()).id)).toMatchObject({ state: 'cancelled' });
      expect(await entryOf('again')).toMatchObject({ code: 'PACKAGE_NOT_FOUND' });
    }
  });
});

describe('the job of a load', () => {
  it('that failed loads the package when it is tried again', async () => {
    remote.at('/mended/data.csv', 'a\nx\n');
    const address = remote.at('/mended/datapackage.json', descriptorOf('mended'));
    await ann.begin(address);
    expect(await ann.ended(address)).toMatchObject({ status: 'fail' });
    const { id } = await newestJob();
    await endOf(id);
    expect(await retry(id)).toBe(200);
    expect(await endOf(id)).toMatchObject({ state: 'failed', error: { code: 'PACKAGE_DATA_INVALID' } });
    expect(await ann.ended(address)).toMatchObject({ status: 'fail' });
    expect(await entryOf('mended')).toMatchObject({ loaded: false, loading_status: 'fail' });
    remote.at('/mended/data.csv', 'a\n1\n2\n');
    expect(await retry(id)).toBe(200);
    expect(await endOf(id)).toMatchObject({ state: 'succeeded' });
    expect(await ann.ended(address)).toEqual({ status: 'done', progress: 2 });
    expect(await entryOf('mended')).toMatchObject({ loaded: true, loading_status: 'done' });
    expect(await ann.rows('mended', 'data')).toContain('[{"a":1},{"a":2}]');
  });

  it('that was cancelled ends the load, and loads the package when it is tried again', async () => {
    const { address, asked, release } = heldBack('cancelled');
    await ann.begin(address);
    await asked;
    const { id } = await newestJob();
    await app.request(`/api/v1.0/jobs/${id}`, { method: 'DELETE', token: token() });
    expect(await endOf(id)).toMatchObject({ state: 'cancelled' });
    expect(await ann.ended(address)).toMatchObject({ status: 'fail', error: 'The load was cancelled.' });
    await prune();
    expect(await entryOf('cancelled')).toMatchObject({ loaded: false, loading_status: 'fail' });
    release();
    expect(await retry(id)).toBe(200);
    expect(await endOf(id)).toMatchObject({ state: 'succeeded' });
    expect(await ann.ended(address)).toEqual({ status: 'done', progress: 1 });
  });

  it('is not tried again where the package was loaded since', async () => {
    remote.at('/since/data.csv', 'a\nx\n');
    const address = remote.at('/since/datapackage.json', descriptorOf('since'));
    await ann.begin(address);
    await ann.ended(address);
    const { id } = await newestJob();
    await endOf(id);
    remote.at('/since/data.csv', 'a\n1\n');
    await ann.begin(address);
    expect(await ann.ended(address)).toMatchObject({ status: 'done' });
    expect(await retry(id)).toBe(200);
    expect(await endOf(id)).toMatchObject({ state: 'failed', error: { code: 'LOAD_ENDED' } });
    expect(await ann.ended(address)).toEqual({ status: 'done', progress: 1 });
    expect(await entryOf('since')).toMatchObject({ loaded: true, loading_status: 'done' });
  });

  it('has succeeded where its process died after the last step', async () => {
    remote.at('/last/data.csv', 'a\n1\n');
    const address = remote.at('/last/datapackage.json', descriptorOf('last'));
    await ann.begin(address);
    await ann.ended(address);
    const { id } = await newestJob();
    await endOf(id);
    // As whoever takes over a job from a dead process has it.
    await app.app
      .get(Database)
      .execute(
        `update job set state = 'queued', result = null, finished_at = null, crashes = 1 where id = $1`,
        [id],
      );
    expect(await endOf(id)).toMatchObject({
      state: 'succeeded',
      result: { package: `${ann.user.userid}:last`, rows: 1 },
    });
  });
});
