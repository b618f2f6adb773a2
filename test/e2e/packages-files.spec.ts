import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { PackageClient, queryText } from '../support/package-client.js';
import { uploader } from '../support/uploads.js';

const SCHEMA = { fields: [{ name: 'a', type: 'integer' }] };
const filesOf = (name: string, csv = 'a\n1\n') => ({
  'data.csv': csv,
  'datapackage.json': JSON.stringify({
    name,
    resources: [{ name: 'data', path: 'data.csv', schema: SCHEMA }],
  }),
});

let app: TestApp;
let ann: PackageClient;
let bob: PackageClient;

beforeAll(async () => {
  app = await startApp({ JOB_POLL: '50' });
  ann = new PackageClient(app, await uploader(app, 'ann'));
  bob = new PackageClient(app, await uploader(app, 'bob'));
});
afterAll(() => app?.close());

const idOf = (client: PackageClient, name: string) => `${client.user.userid}:${name}`;
const publish = async (client: PackageClient, name: string, value: boolean) => {
  const query = queryText({
    jwt: client.user.datastore,
    id: idOf(client, name),
    publish: String(value),
  });
  const answer = await app.request(`/package/publish?${query}`, { method: 'POST' });
  expect(await answer.json()).toEqual({ success: true, published: value });
};
/** Loads what is there already. */
const load = async (client: PackageClient, address: string) => {
  await client.begin(address);
  expect(await client.ended(address)).toMatchObject({ status: 'done' });
};
const fileOf = async (client: PackageClient, name: string, token?: string) =>
  (await app.request(`/package/${idOf(client, name)}/files/data.csv`, { token })).status;
/** What everybody gets at the address of a file. */
const openly = async (address: string) => (await fetch(address)).status;

describe('the files of a package that was loaded from the files of somebody else', () => {
  it('are given for as long as they are public', async () => {
    const address = await ann.upload('lent', filesOf('lent'));
    await load(ann, address);
    await publish(ann, 'lent', true);
    await load(bob, address);
    expect(await fileOf(bob, 'lent', bob.user.token)).toBe(302);
    await publish(bob, 'lent', true);
    expect(await fileOf(bob, 'lent')).toBe(302);
    await publish(ann, 'lent', false);
    expect(await fileOf(bob, 'lent')).toBe(404);
    expect(await fileOf(bob, 'lent', bob.user.token)).toBe(404);
    expect(await fileOf(ann, 'lent', ann.user.token)).toBe(302);
  });

  it('have nothing to do with the own dataset of the same name', async () => {
    const address = await ann.upload('twin', filesOf('twin'));
    await load(ann, address);
    await publish(ann, 'twin', true);
    const secret = await bob.upload('twin', filesOf('other'));
    await load(bob, address);
    await publish(bob, 'twin', true);
    expect(await openly(secret)).toBe(403);
    await publish(ann, 'twin', false);
    expect(await openly(address)).toBe(403);
  });
});

describe('a package that is loaded again from another dataset', () => {
  it('has the files public that it is made of, and no others', async () => {
    const [first, second] = [
      await ann.upload('d1', filesOf('moving')),
      await ann.upload('d2', filesOf('moving', 'a\n2\n')),
    ];
    await load(ann, first);
    await publish(ann, 'moving', true);
    expect([await openly(first), await openly(second)]).toEqual([200, 403]);
    await load(ann, second);
    expect([await openly(first), await openly(second)]).toEqual([403, 200]);
    await publish(ann, 'moving', false);
    expect([await openly(first), await openly(second)]).toEqual([403, 403]);
  });

  it('leaves those public that another public package is made of', async () => {
    const first = await ann.upload('shared', filesOf('one'));
    await load(ann, first);
    await publish(ann, 'one', true);
    await ann.upload('shared', { 'datapackage.json': filesOf('two')['datapackage.json'] });
    await load(ann, first);
    await publish(ann, 'two', true);
    await publish(ann, 'one', false);
    expect(await openly(first)).toBe(200);
    await publish(ann, 'one', true);
    await load(ann, await ann.upload('elsewhere', filesOf('one')));
    expect(await openly(first)).toBe(200);
    await publish(ann, 'two', false);
    expect(await openly(first)).toBe(403);
  });

  it('are removed with the last package that is made of them', async () => {
    const address = await ann.upload('common', filesOf('first'));
    await load(ann, address);
    await ann.upload('common', { 'datapackage.json': filesOf('second')['datapackage.json'] });
    await load(ann, address);
    await publish(ann, 'second', true);
    const remove = async (name: string) => {
      const query = queryText({ jwt: ann.user.datastore, id: idOf(ann, name) });
      const answer = await app.request(`/package/delete?${query}`, { method: 'POST' });
      expect(await answer.json()).toEqual({ success: true });
    };
    await remove('first');
    expect(await openly(address)).toBe(200);
    await remove('second');
    expect(await openly(address)).toBe(403);
  });
});
