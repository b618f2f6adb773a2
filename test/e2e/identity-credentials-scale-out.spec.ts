import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startApp, type TestApp, type TestRequest } from '../support/app.js';
import { signUp } from '../support/people.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

interface Pair {
  token: string;
  refresh_token: string;
}
interface Client {
  client_id: string;
  client_secret: string;
}

describeWith('postgres')('credentials on two processes', () => {
  let postgres: PostgresServer;
  let one: TestApp;
  let two: TestApp;
  let ann: { token: string; password: string; id: number };

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    const env = { DATABASE_URL: await postgres.createDatabase(), TRUST_PROXY: '127.0.0.1' };
    [one, two] = await Promise.all([startApp(env), startApp(env)]);
    ann = await signUp(one, 'ann');
  });
  afterAll(async () => {
    await Promise.all([one.close(), two.close()]);
    await postgres.stop();
  });

  async function answerOf<T>(app: TestApp, path: string, options: TestRequest, status = 200): Promise<T> {
    const answer = await app.request(path, options);
    expect([path, answer.status]).toEqual([path, status]);
    return (await answer.json()) as T;
  }

  async function opens(app: TestApp, token: string): Promise<boolean> {
    const answer = await app.request('/api/v1.0/users', { token });
    await answer.arrayBuffer();
    expect([200, 401]).toContain(answer.status);
    return answer.status === 200;
  }

  const signIn = (app: TestApp) =>
    answerOf<Pair>(app, '/api/v1.0/tokens?refresh=true', { method: 'POST', basic: ['ann', ann.password] });

  const jwtOf = async (app: TestApp, { client_id, client_secret }: Client) =>
    (await answerOf<{ jwt: string }>(app, '/api/authorize', { json: { client_id, client_secret } })).jwt;

  const refresh = (app: TestApp, { refresh_token }: Pair) =>
    app.request('/api/v1.0/tokens/refresh', { json: { refresh_token } });

  /** What one process ends is refused there at once, and at the other within a second or so. */
  async function expectHeeded(credential: string, end: () => Promise<number>, status: number): Promise<void> {
    expect([await opens(one, credential), await opens(two, credential)]).toEqual([true, true]);
    expect(await end()).toBe(status);
    const endedAt = performance.now();
    expect(await opens(one, credential)).toBe(false);
    while ((await opens(two, credential)) && performance.now() - endedAt < 5_000) await sleep(5);
    expect(performance.now() - endedAt).toBeLessThan(2_500);
  }

  it('another secret of a client ends its tokens', async () => {
    const json = { title: 'x', scopes: ['users.read'] };
    let { data } = await answerOf<{ data: Client }>(one, '/api/client/desk', { token: ann.token, json }, 201);
    for (let round = 0; round < 3; round++) {
      const rotate = async () => {
        const path = '/api/client/desk/secret';
        ({ data } = await answerOf<{ data: Client }>(one, path, { method: 'POST', token: ann.token }));
        return 200;
      };
      await expectHeeded(await jwtOf(two, data), rotate, 200);
    }
    const path = '/api/client/desk';
    const remove = async () => (await one.request(path, { method: 'DELETE', token: ann.token })).status;
    await expectHeeded(await jwtOf(two, data), remove, 204);
  });

  it('the deletion of an API key ends it', async () => {
    const path = `/api/v1.0/users/${ann.id}/api-keys`;
    const json = { name: 'x', scopes: ['users.read'] };
    const { id, key } = await answerOf<{ id: number; key: string }>(
      two,
      path,
      { token: ann.token, json },
      201,
    );
    const remove = async () =>
      (await one.request(`${path}/${id}`, { method: 'DELETE', token: ann.token })).status;
    await expectHeeded(key, remove, 204);
  });

  it('a refresh token that comes again ends its family', async () => {
    const pair = await signIn(one);
    const next = (await (await refresh(two, pair)).json()) as Pair;
    await expectHeeded(next.token, async () => (await refresh(one, pair)).status, 401);
    expect((await refresh(two, next)).status).toBe(401);
  });

  it('a refresh token that comes to both at once is swapped once', async () => {
    for (let round = 0; round < 5; round++) {
      const pair = await signIn(one);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => refresh(index % 2 ? one : two, pair)),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect([won.length, answers.filter(({ status }) => status === 401).length]).toEqual([1, 9]);
      expect((await refresh(two, (await won[0]!.json()) as Pair)).status).toBe(401);
    }
  });

  it('guesses at the secret of a client are counted together', async () => {
    const json = { client_id: `client-${'0'.repeat(24)}`, client_secret: 'x' };
    const statuses = [];
    for (let tries = 0; tries < 8; tries++) {
      const headers = { 'x-forwarded-for': '10.0.0.1' };
      statuses.push((await (tries % 2 ? one : two).request('/api/authorize', { json, headers })).status);
    }
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429, 429]);
  });

  it('the end of all tokens of a user ends them', async () => {
    const pair = await signIn(two);
    const path = `/api/v1.0/users/${ann.id}/tokens`;
    const end = async () => (await one.request(path, { method: 'DELETE', token: pair.token })).status;
    await expectHeeded(pair.token, end, 204);
    expect((await refresh(two, pair)).status).toBe(401);
    expect(await opens(two, (await signIn(two)).token)).toBe(true);
  });
});
