import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { importSPKI, jwtVerify } from 'jose';
import { DepotModule, SERVICE } from '../support/service-routes.js';
import { SignInScene } from '../support/sign-in.js';

/** Each credential on a route that it opens, and on routes that it does not. One person, from the first sign-in on. */
let scene: SignInScene;
let token: string;
let userid: string;

const OWN_USERS = '/api/v1.0/users';
const CLIENTS = '/api/client';
const DEPOT = '/depot/fetch';
const RESERVED = '/api/v1.0/roles';

beforeAll(async () => {
  scene = await SignInScene.start({}, [DepotModule]);
});
afterAll(() => scene?.close());

/** What the routes answer to a credential. */
async function answers(credential: string): Promise<Record<string, number>> {
  const paths = [OWN_USERS, CLIENTS, DEPOT, RESERVED];
  const statuses = paths.map(async (path) => {
    const answer = await scene.app.request(path, { token: credential });
    await answer.arrayBuffer();
    return [path, answer.status] as const;
  });
  return Object.fromEntries(await Promise.all(statuses));
}

async function json<T>(answer: Response): Promise<T> {
  expect(answer.ok).toBe(true);
  return (await answer.json()) as T;
}

it('signs in with a provider, and is known', async () => {
  const { subject, email } = scene.person();
  const back = await scene.signIn(subject);
  token = back.searchParams.get('jwt')!;
  const known = await json<{ authenticated: boolean; profile: { id: string; email: string } }>(
    await scene.app.request('/user/check', { headers: { 'auth-token': token } }),
  );
  expect(known).toMatchObject({ authenticated: true, profile: { email } });
  userid = known.profile.id;
  expect(await answers(token)).toEqual({ [OWN_USERS]: 200, [CLIENTS]: 200, [DEPOT]: 200, [RESERVED]: 403 });
});

it('is authorised for a service; the token proves it to who only has the published key', async () => {
  const granted = await json<{ token: string; permissions: object; userid: string }>(
    await scene.app.request(`/user/authorize?service=${SERVICE}`, { headers: { 'auth-token': token } }),
  );
  const pem = await (await scene.app.request('/user/public-key')).text();
  const { payload } = await jwtVerify(granted.token, await importSPKI(pem, 'RS256'), {
    algorithms: ['RS256'],
  });
  expect(payload).toMatchObject({ userid, service: SERVICE, permissions: granted.permissions });
  const opened = await answers(granted.token);
  expect(opened).toEqual({ [OWN_USERS]: 403, [CLIENTS]: 403, [DEPOT]: 200, [RESERVED]: 403 });
  const again = await scene.app.request(`/user/authorize?service=${SERVICE}&jwt=${granted.token}`);
  expect(await again.json()).toEqual({ permissions: {} });
});

it('makes a client, which gets a token of its own', async () => {
  const { data } = await json<{ data: { client_id: string; client_secret: string } }>(
    await scene.app.request('/api/client/walker', { token, json: { title: 'Walker' } }),
  );
  const { client_id, client_secret } = data;
  const { jwt } = await json<{ jwt: string }>(
    await scene.app.request('/api/authorize', { json: { client_id, client_secret } }),
  );
  expect(await answers(jwt)).toEqual({ [OWN_USERS]: 403, [CLIENTS]: 200, [DEPOT]: 403, [RESERVED]: 403 });
});

it('makes an API key, which opens what its scope says until it is deleted', async () => {
  const list = await json<{ users: { id: number; nickname: string }[] }>(
    await scene.app.request(OWN_USERS, { token }),
  );
  const details = list.users.map(async ({ id, nickname }) => {
    const user = await json<{ userid?: string }>(await scene.app.request(`${OWN_USERS}/${id}`, { token }));
    return { id, nickname, userid: user.userid };
  });
  const self = (await Promise.all(details)).find((user) => user.userid === userid)!;
  const keys = `${OWN_USERS}/${self.id}/api-keys`;
  const { key, id } = await json<{ key: string; id: number }>(
    await scene.app.request(keys, { token, json: { name: 'walk', scopes: ['users.read'] } }),
  );
  const opened = { [OWN_USERS]: 200, [CLIENTS]: 403, [DEPOT]: 403, [RESERVED]: 403 };
  expect(await answers(key)).toEqual(opened);
  expect((await scene.app.request(OWN_USERS, { basic: [self.nickname, key] })).status).toBe(200);
  expect((await scene.app.request(`${keys}/${id}`, { method: 'DELETE', token })).status).toBeLessThan(300);
  expect((await scene.app.request(OWN_USERS, { token: key })).status).toBe(401);
});

it('gives the token back, and it opens nothing any more', async () => {
  expect((await scene.app.request('/api/v1.0/tokens', { method: 'DELETE', token })).status).toBe(204);
  expect(await answers(token)).toEqual({ [OWN_USERS]: 401, [CLIENTS]: 401, [DEPOT]: 401, [RESERVED]: 401 });
});
