import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { BACK, SignInScene } from '../support/sign-in.js';
import { Visitor } from '../support/visitor.js';

let scene: SignInScene;

beforeAll(async () => {
  scene = await SignInScene.start();
});
afterAll(() => scene?.close());

describe('a first sign-in', () => {
  it('makes an account, and returns to the page with a token that opens it', async () => {
    const { subject, email } = scene.person({
      preferred_username: 'Ann.Example',
      picture: 'https://pictures.example.org/ann.png',
    });
    const back = await scene.signIn(subject);
    const token = back.searchParams.get('jwt')!;
    expect(back.href).toBe(`http://127.0.0.1:8001/back?kept=a%20b&jwt=${token}#part`);
    const id = hash('md5', email);
    expect(await scene.check(token)).toEqual({
      authenticated: true,
      profile: {
        id,
        idhash: id,
        provider_id: `google:${subject}`,
        username: null,
        name: scene.issuer.people[subject]!.name,
        email,
        avatar_url: 'https://pictures.example.org/ann.png',
        join_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    });
    expect(await scene.profile(back, '/oauth/check')).toMatchObject({ username: null });
    expect(await scene.profile(back, '/auth/check')).toMatchObject({ username: 'ann.example' });
    expect((await scene.app.request('/api/v1.0/users', { token })).status).toBe(200);
    const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
      iat: number;
      exp: number;
    };
    expect(exp - iat).toBe(14 * 86_400);
    const [user] = await scene.database.query<{
      id: number;
      password_hash: unknown;
      nickname_chosen: boolean;
    }>('select id, password_hash, nickname_chosen from "user" where userid = $1', [id]);
    expect(user).toMatchObject({ password_hash: null, nickname_chosen: false });
    for (const action of ['user.create', 'user.link', 'user.sign-in', 'token.create']) {
      expect((await scene.audited(action)).at(-1)).toMatchObject({ actor: id, subject: `user:${user!.id}` });
    }
    // The provider vouched for him: he brought no password, and no other credential of ours.
    expect((await scene.audited('token.create')).at(-1)!.details).not.toHaveProperty('credential');
  });

  it('of one person in several browsers at once makes one account', async () => {
    const { subject } = scene.person();
    const before = await scene.accounts();
    const visitors = Array.from({ length: 4 }, () => new Visitor());
    const callbacks = await Promise.all(visitors.map((visitor) => scene.callback(visitor, subject)));
    const backs = await Promise.all(
      callbacks.map((callback, index) => scene.comeBack(visitors[index]!, callback)),
    );
    const ids = await Promise.all(backs.map(async (back) => (await scene.profile(back))['id']));
    expect(new Set(ids).size).toBe(1);
    expect(await scene.accounts()).toBe(before + 1);
  });

  it('makes a nickname that is valid and free', async () => {
    const names = ['Eve\u0000\u202e Smith/:?#', 'Eve\u0000\u202e Smith/:?#', '\u0007', 'admin', 'SYSTEM'];
    const made: unknown[] = [];
    for (const preferred_username of names) {
      const { subject } = scene.person({ preferred_username });
      const back = await scene.signIn(subject);
      made.push((await scene.profile(back, '/auth/check'))['username']);
    }
    expect(made).toEqual(['eve-smith', 'eve-smith1', 'user', 'admin1', 'system1']);
  });

  it('takes the part before the @ where the provider knows no nickname', async () => {
    const { subject, email } = scene.person();
    const back = await scene.signIn(subject);
    expect((await scene.profile(back, '/auth/check'))['username']).toBe(email.split('@')[0]);
  });

  it('without an address that the provider has verified comes to nothing', async () => {
    const before = await scene.accounts();
    for (const more of [{ email_verified: false }, { email: undefined }, { email: 'no address' }]) {
      const back = await scene.signIn(scene.person(more).subject);
      expect(back.href).toBe(BACK);
      expect(await scene.lastRefusal()).toEqual({
        actor: 'anonymous',
        subject: 'provider:google',
        details: { provider: 'google', reason: 'no-verified-email' },
      });
    }
    expect(await scene.accounts()).toBe(before);
  });
});

describe('a later sign-in', () => {
  it('finds the account, also when the address has changed, and updates name and picture', async () => {
    const { subject, email } = scene.person();
    const first = await scene.profile(await scene.signIn(subject));
    scene.issuer.people[subject] = {
      email: 'new-address@example.org',
      email_verified: true,
      name: 'New\u0000 Name',
      picture: 'javascript:alert(1)',
    };
    const later = await scene.profile(await scene.signIn(subject));
    expect(later).toMatchObject({ id: first['id'], email, name: 'New Name', avatar_url: null });
  });

  it('with another provider finds it by the address, in whatever case', async () => {
    const { subject, email } = scene.person();
    const google = await scene.profile(await scene.signIn(subject));
    scene.corp.people['other'] = { email: email.toUpperCase(), email_verified: true };
    const corp = await scene.signInAtCorp('other');
    expect(await scene.profile(corp)).toMatchObject({
      id: google['id'],
      provider_id: 'corp:other',
    });
  });

  it('does not take what another provider calls by the same number', async () => {
    const { subject } = scene.person();
    const google = await scene.profile(await scene.signIn(subject));
    scene.corp.people[subject] = { email: 'somebody-else@example.org', email_verified: true };
    const corp = await scene.signInAtCorp(subject);
    expect((await scene.profile(corp))['id']).not.toBe(google['id']);
  });

  it('finds the account that an operator made for the address', async () => {
    const { subject, email } = scene.person();
    const users = scene.app.app.get(UsersService);
    const { user } = await users.createUser(systemActor(), 'operators-choice', { email });
    const back = await scene.signIn(subject);
    expect(await scene.profile(back)).toMatchObject({ id: user.userid, username: 'operators-choice' });
  });

  it('gives a disabled account no token, whichever way it is found', async () => {
    const { subject, email } = scene.person();
    const back = await scene.signIn(subject);
    const { username } = await scene.profile(back, '/auth/check');
    await scene.app.app.get(UsersService).disable(systemActor(), username as string);
    expect((await scene.signIn(subject)).searchParams.has('jwt')).toBe(false);
    scene.corp.people['disabled'] = { email, email_verified: true };
    const corp = await scene.signInAtCorp('disabled');
    expect(corp.searchParams.has('jwt')).toBe(false);
    expect(await scene.lastRefusal()).toMatchObject({
      actor: hash('md5', email),
      details: { provider: 'corp', reason: 'account-disabled' },
    });
    const links = await scene.database.query(`select from user_login where subject = 'disabled'`);
    expect(links).toHaveLength(0);
    expect((await scene.check(back.searchParams.get('jwt')!))['authenticated']).toBe(false);
  });
});

describe('GitHub', () => {
  const emails = (...all: [email: string, verified: boolean, primary?: boolean][]) =>
    all.map(([email, verified, primary = false]) => ({ email, verified, primary }));

  it('signs in, with the verified address that its user prefers', async () => {
    scene.github.account = {
      id: 583231,
      login: 'OctoCat',
      name: null,
      email: 'shown@example.org',
      emails: emails(['first@example.org', true], ['octocat@example.org', true, true]),
    };
    const back = await scene.signInAtGitHub();
    expect(await scene.profile(back, '/auth/check')).toMatchObject({
      id: hash('md5', 'octocat@example.org'),
      provider_id: 'github:583231',
      username: 'octocat',
      name: null,
      email: 'octocat@example.org',
      avatar_url: 'https://avatars.example.org/u/583231',
    });
  });

  it('looks at all verified addresses for an account that exists, and at no other', async () => {
    const users = scene.app.app.get(UsersService);
    const { user } = await users.createUser(systemActor(), 'hub', { email: 'hub@example.org' });
    await users.createUser(systemActor(), 'victim', { email: 'victim@example.org' });
    scene.github.account = {
      id: 2,
      login: 'somebody',
      name: 'Some Body',
      email: 'victim@example.org',
      emails: emails(['victim@example.org', false, true], ['x@example.org', true], ['hub@example.org', true]),
    };
    const back = await scene.signInAtGitHub();
    expect(await scene.profile(back)).toMatchObject({
      id: user.userid,
      username: 'hub',
      email: 'hub@example.org',
    });
  });

  it('with no verified address signs nobody in', async () => {
    scene.github.account = {
      id: 3,
      login: 'unverified',
      name: null,
      email: 'u@example.org',
      emails: emails(['u@example.org', false, true]),
    };
    expect((await scene.signInAtGitHub()).searchParams.has('jwt')).toBe(false);
  });

  it.each(['user-500', 'foreign-issuer', 'huge-answer'] as const)(
    'may fail (%s): there is no token',
    async (fault) => {
      scene.github.account = {
        id: 4,
        login: 'four',
        name: null,
        emails: emails(['four@example.org', true, true]),
      };
      scene.github.fault = fault;
      expect((await scene.signInAtGitHub()).href).toBe(BACK);
      expect(await scene.lastRefusal()).toMatchObject({
        details: { provider: 'github', reason: 'provider-answer-invalid' },
      });
      scene.github.fault = 'none';
      expect((await scene.signInAtGitHub()).searchParams.has('jwt')).toBe(true);
    },
  );
});
