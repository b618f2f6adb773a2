import { hash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Somebody with an account at GitHub. */
export interface GitHubAccount {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
  /** The one that he shows to others: not in the list below, and nothing that may be believed. */
  readonly email?: string;
  readonly emails: readonly { email: string; primary: boolean; verified: boolean }[];
}

/** The part of a GitHub Enterprise Server that people sign in with, over real HTTP. */
export interface GitHubDouble {
  readonly url: string;
  /** Who is signed in there, in every browser. */
  account: GitHubAccount | undefined;
  /** What goes wrong. */
  fault: 'none' | 'user-500' | 'foreign-issuer' | 'huge-answer';
  close(): Promise<void>;
}

export const GITHUB_CLIENT = { id: 'Iv1.0123456789abcdef', secret: 'github-client-secret' };

export async function startGitHub(): Promise<GitHubDouble> {
  const codes = new Map<string, { challenge: string; redirectUri: string; account: GitHubAccount }>();
  const tokens = new Map<string, GitHubAccount>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const double: GitHubDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    account: undefined,
    fault: 'none',
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const json = (response: ServerResponse, status: number, body: unknown) =>
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(body));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url!, double.url);
    if (url.pathname === '/login/oauth/authorize') return authorize(url.searchParams, response);
    if (url.pathname === '/login/oauth/access_token')
      return exchange(new URLSearchParams(await text(request)), response);
    const account = tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (!account || request.headers['user-agent'] === undefined)
      return json(response, 401, { message: 'Bad credentials' });
    if (double.fault === 'user-500') return json(response, 500, { message: 'Server Error' });
    if (double.fault === 'huge-answer')
      return json(response, 200, { id: 1, login: 'x'.repeat(3 * 1024 ** 2) });
    const { id, login, name, email, emails } = account;
    const avatar_url = `https://avatars.example.org/u/${id}`;
    if (url.pathname === '/api/v3/user')
      return json(response, 200, { id, login, name, email: email ?? null, avatar_url });
    if (url.pathname === '/api/v3/user/emails') return json(response, 200, emails);
    return json(response, 404, { message: 'Not Found' });
  }

  function authorize(query: URLSearchParams, response: ServerResponse): unknown {
    const { account } = double;
    if (
      query.get('client_id') !== GITHUB_CLIENT.id ||
      query.get('code_challenge_method') !== 'S256' ||
      !account
    )
      return json(response, 404, {});
    const code = randomUUID();
    const redirectUri = query.get('redirect_uri')!;
    codes.set(code, { challenge: query.get('code_challenge')!, redirectUri, account });
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state')!);
    const issuer =
      double.fault === 'foreign-issuer' ? 'https://evil.example.org' : `${double.url}/login/oauth`;
    back.searchParams.set('iss', issuer);
    return response.writeHead(302, { location: back.href }).end();
  }

  /** GitHub answers 200 to a wrong code too. */
  function exchange(form: URLSearchParams, response: ServerResponse): unknown {
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const right =
      code !== undefined &&
      form.get('client_id') === GITHUB_CLIENT.id &&
      form.get('client_secret') === GITHUB_CLIENT.secret &&
      form.get('redirect_uri') === code.redirectUri &&
      hash('sha256', form.get('code_verifier') ?? '', 'base64url') === code.challenge;
    if (!right) return json(response, 200, { error: 'bad_verification_code' });
    const token = `gho_${randomUUID()}`;
    tokens.set(token, code.account);
    return json(response, 200, { access_token: token, token_type: 'bearer', scope: 'read:user,user:email' });
  }
  return double;
}
