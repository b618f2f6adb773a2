import type { Type } from '@nestjs/common';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from './app.js';
import { GITHUB_CLIENT, type GitHubDouble, startGitHub } from './github-sign-in.js';
import { CLIENT, type Issuer, signInAtIssuer, startIssuer } from './issuer.js';
import { Visitor } from './visitor.js';

/** Where the sign-ins of the tests return to, as their page wrote it, and as it gets its address back without a token. */
export const NEXT = 'http://127.0.0.1:8001/back?kept=a%20b&jwt=old#part';
export const BACK = 'http://127.0.0.1:8001/back?kept=a%20b#part';

/** An entry of the audit log. */
export interface Audited {
  readonly actor: string;
  readonly subject: string;
  readonly details: Record<string, unknown>;
}

/** The program with three providers: `google` and `corp`, which are issuers, and `github`. */
export class SignInScene {
  private people = 0;

  private constructor(
    readonly app: TestApp,
    readonly issuer: Issuer,
    readonly corp: Issuer,
    readonly github: GitHubDouble,
  ) {}

  /** @param modules more modules than the program has */
  static async start(env: Record<string, string> = {}, modules: readonly Type[] = []): Promise<SignInScene> {
    const [issuer, corp, github] = [await startIssuer(), await startIssuer(), await startGitHub()];
    const settings = {
      GOOGLE_CLIENT_ID: CLIENT.clientId,
      GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
      GOOGLE_ISSUER: issuer.url,
      GITHUB_CLIENT_ID: GITHUB_CLIENT.id,
      GITHUB_CLIENT_SECRET: GITHUB_CLIENT.secret,
      GITHUB_SIGN_IN_URL: github.url,
      OIDC_PROVIDERS: JSON.stringify([{ name: 'corp', title: 'Corp', issuer: corp.url, ...CLIENT }]),
      SIGN_IN_NEXT: 'http://127.0.0.1:8001,http://localhost:9009/app',
      ...env,
    };
    const app = await startApp(settings, modules);
    issuer.serve(`${app.url}/user/callback/google`);
    corp.serve(`${app.url}/user/callback/corp`);
    return new SignInScene(app, issuer, corp, github);
  }

  get database(): Database {
    return this.app.app.get(Database);
  }

  /** Somebody whom the issuer behind `google` knows, with an address of his own. */
  person(more: object = {}): { subject: string; email: string } {
    const number = ++this.people;
    const [subject, email] = [`subject-${number}`, `person${number}@example.org`];
    this.issuer.people[subject] = { email, email_verified: true, name: `Person ${number}`, ...more };
    return { subject, email };
  }

  /** Where a sign-in begins. */
  start(provider: string, next: string = NEXT): string {
    return `${this.app.url}/user/login/${provider}?${new URLSearchParams({ next }).toString()}`;
  }

  /** To the issuer behind `google`, and until it sends the browser back. */
  callback(visitor: Visitor, subject: string, next?: string): Promise<string> {
    return signInAtIssuer(visitor, this.issuer, this.start('google', next), subject);
  }

  /** A whole sign-in; returns where the browser ends up. */
  async signIn(subject: string, next?: string): Promise<URL> {
    const visitor = new Visitor();
    return this.comeBack(visitor, await this.callback(visitor, subject, next));
  }

  /** The same with the other issuer. */
  async signInAtCorp(subject: string): Promise<URL> {
    const visitor = new Visitor();
    return this.comeBack(visitor, await signInAtIssuer(visitor, this.corp, this.start('corp'), subject));
  }

  /** The same with GitHub, as who is signed in there. */
  async signInAtGitHub(): Promise<URL> {
    const visitor = new Visitor();
    const isCallback = (address: string) => address.includes('/user/callback/');
    const { url } = await visitor.follow(this.start('github'), isCallback);
    return this.comeBack(visitor, url);
  }

  /** Opens the address that a provider sends the browser back to, which always leads on. */
  async comeBack(visitor: Visitor, callback: string): Promise<URL> {
    const { status, headers } = await visitor.open(callback);
    const kept = [headers.get('cache-control'), headers.get('referrer-policy')];
    if (status !== 302 || kept.join() !== 'no-store,no-referrer')
      throw new Error(`${callback}: ${status} ${kept.join()}`);
    return new URL(headers.get('location')!, this.app.url);
  }

  /** What `/user/check`, or an alias, says of a token. */
  async check(token: string, path = '/user/check'): Promise<Record<string, unknown>> {
    const answer = await this.app.request(`${path}?${new URLSearchParams({ jwt: token }).toString()}`);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as Record<string, unknown>;
  }

  /** The profile behind the token that an address brings. */
  async profile(address: URL, path?: string): Promise<Record<string, unknown>> {
    const token = address.searchParams.get('jwt');
    if (token === null) throw new Error(`no token in ${address.href}`);
    return (await this.check(token, path))['profile'] as Record<string, unknown>;
  }

  /** The entries of the audit log about one kind of deed. */
  async audited(action: string): Promise<Audited[]> {
    return this.database.query(
      'select actor, subject, details from audit_entry where action = $1 order by id',
      [action],
    );
  }

  /** The last refusal in the audit log. */
  async lastRefusal(): Promise<Audited | undefined> {
    return (await this.audited('user.sign-in-refused')).at(-1);
  }

  async accounts(): Promise<number> {
    const [row] = await this.database.query<{ n: number }>('select count(*)::int as n from "user"');
    return row!.n;
  }

  async close(): Promise<void> {
    await this.app.close();
    for (const server of [this.issuer, this.corp, this.github]) await server.close();
  }
}
