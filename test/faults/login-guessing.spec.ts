import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { iterations } from './iterations.js';

const GUESSES = iterations('GUESSES', 900, 10_000);
/** What is tried without waiting; after that the waits grow, so that few more fit into the time of a test. */
const FAST_TRIES = 5;
const MOST_TRIES = 2 * FAST_TRIES;
const HOME = '198.51.100.7';

type Guess = (index: number) => { nickname: string; address: string };

/** S3: guesses at one account, from many addresses at one, and at many accounts from one address. */
describe(`${GUESSES} guesses`, () => {
  let app: TestApp;
  const passwords: Record<string, string> = {};

  beforeAll(async () => {
    app = await startApp({ TRUST_PROXY: '127.0.0.1' });
    const users = app.app.get(UsersService);
    for (const name of ['ann', 'bob', 'cleo'])
      passwords[name] = (await users.createUser(systemActor(), name)).password;
  });
  afterAll(() => app.close());

  async function signIn(nickname: string, password: string, address: string): Promise<number> {
    const answer = await app.request('/api/v1.0/tokens', {
      method: 'POST',
      basic: [nickname, password],
      headers: { 'x-forwarded-for': address },
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** Guesses, twenty at a time. Returns how many passwords were checked; all others must have been told to wait. */
  async function tries(guess: Guess): Promise<number> {
    const twenty = pLimit(20);
    const statuses = await Promise.all(
      Array.from({ length: GUESSES }, (_, index) =>
        twenty(() => signIn(guess(index).nickname, `guess ${index}`, guess(index).address)),
      ),
    );
    const checked = statuses.filter((status) => status === 401).length;
    expect(statuses.filter((status) => status === 429).length).toBe(GUESSES - checked);
    return checked;
  }

  it('at one account from one address: five are checked, then the waits grow', async () => {
    const checked = await tries(() => ({ nickname: 'ann', address: '10.0.0.1' }));
    expect(checked).toBeGreaterThanOrEqual(FAST_TRIES);
    expect(checked).toBeLessThanOrEqual(MOST_TRIES);
    expect(await signIn('ann', passwords['ann']!, '10.0.0.1')).toBe(429); // being right now does not tell so
  });

  it('at one account from as many addresses: it is slowed down, but not for where its user comes from', async () => {
    expect(await signIn('bob', passwords['bob']!, HOME)).toBe(200);
    const begun = performance.now();
    const checked = await tries((index) => ({
      nickname: 'bob',
      address: `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
    }));
    // After the fast ones a try in 1, 2, 4 … s, up to one in a minute.
    const seconds = (performance.now() - begun) / 1000;
    expect(checked).toBeLessThanOrEqual(FAST_TRIES + Math.ceil(Math.log2(seconds + 1)) + seconds / 60 + 1);
    expect(await signIn('bob', passwords['bob']!, HOME)).toBe(200);
  });

  it('at many accounts from one address, whether they exist or not: five are checked, others go on', async () => {
    const checked = await tries((index) => ({
      nickname: index % 2 === 0 ? 'cleo' : `nobody${index}`,
      address: '10.200.0.1',
    }));
    expect(checked).toBeLessThanOrEqual(MOST_TRIES);
    expect(await signIn('cleo', passwords['cleo']!, HOME)).toBe(200);
  });

  it('takes as long for an account that does not exist: time does not tell which do', async () => {
    const users = app.app.get(UsersService);
    const pairs = 25;
    const times: Record<'there' | 'nobody', number[]> = { there: [], nobody: [] };
    for (let index = 0; index < pairs; index++) {
      const nickname = `there${index}`;
      await users.createUser(systemActor(), nickname);
      for (const [kind, name] of [
        ['there', nickname],
        ['nobody', `where${index}`],
      ] as const) {
        const begun = performance.now();
        expect(await signIn(name, 'a guess', `10.250.${kind === 'there' ? 0 : 1}.${index}`)).toBe(401);
        times[kind].push(performance.now() - begun);
      }
    }
    const ratio = median(times.there) / median(times.nobody);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
