import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';
import { SignInScene } from '../support/sign-in.js';
import { Visitor } from '../support/visitor.js';

describeWith('postgres')('first sign-ins at once, on PostgreSQL', () => {
  let postgres: PostgresServer;
  let scene: SignInScene;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    scene = await SignInScene.start({ DATABASE_URL: await postgres.createDatabase() });
  });
  afterAll(async () => {
    await scene?.close();
    await postgres?.stop();
  });

  /** All sign in, and all come back at the same moment. */
  async function together(subjects: readonly string[]): Promise<Record<string, unknown>[]> {
    const visitors = subjects.map(() => new Visitor());
    const callbacks = await Promise.all(
      subjects.map((subject, index) => scene.callback(visitors[index]!, subject)),
    );
    const backs = await Promise.all(
      callbacks.map((callback, index) => scene.comeBack(visitors[index]!, callback)),
    );
    return Promise.all(backs.map((back) => scene.profile(back, '/auth/check')));
  }

  it('of one person make one account', async () => {
    const before = await scene.accounts();
    const profiles = await together(Array<string>(8).fill(scene.person().subject));
    expect(new Set(profiles.map(({ id }) => id)).size).toBe(1);
    expect(await scene.accounts()).toBe(before + 1);
    expect(await scene.audited('user.create')).toHaveLength(before + 1);
  });

  it('of people with one name make an account for each', async () => {
    const named = Array.from({ length: 8 }, () => scene.person({ preferred_username: 'john' }).subject);
    const profiles = await together(named);
    const names = profiles.map(({ username }) => username as string).sort();
    expect(names).toEqual(['john', ...Array.from({ length: 7 }, (_, index) => `john${index + 1}`)]);
  });
});
