import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { type Owner, ownerNamed, register, setPrivate } from '../support/packages.js';

describe('looking at packages', () => {
  let app: TestApp;
  let ann: Owner;
  let bob: Owner;
  let admin: Owner;
  let shown: string;
  let hidden: string;
  const get = (path: string, token?: string) => app.request(`/package${path}`, { token });

  beforeAll(async () => {
    app = await startApp();
    ann = await ownerNamed(app, 'ann');
    bob = await ownerNamed(app, 'bob');
    admin = await ownerNamed(app, 'root', ['admin']);
    const descriptor = { name: 'shown', title: 'Shown to all', countryCode: 'PT', author: 'a <a@b.org>' };
    shown = await register(app, bob.userid, 'shown', { descriptor });
    hidden = await register(app, bob.userid, 'hidden', { loaded: false, loadingStatus: 'fail' });
    await setPrivate(app, shown, false);
  });

  afterAll(() => app?.close());

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
    const ids = async (query: string, token?: string) => (await list(query, token)).data.map(({ id }) => id);
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
});
