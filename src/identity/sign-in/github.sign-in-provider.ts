import * as oidc from 'openid-client';
import { type ProviderProfile, SignInProvider, type SignInSecrets, textOf } from './sign-in-provider.port.js';

/** As many as one answer has; nobody has more. */
const EMAILS_PATH = '/user/emails?per_page=100';

export interface GitHubSettings {
  /** Without a slash at its end, like `https://github.com`. */
  readonly url: string;
  /** Default: where GitHub, or the Enterprise Server, has it. */
  readonly apiUrl?: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** GitHub, or a GitHub Enterprise Server: OAuth2, and its API for who it is. */
export class GitHubSignInProvider extends SignInProvider {
  readonly name = 'github';
  readonly title = 'GitHub';
  private readonly configuration: oidc.Configuration;
  private readonly api: string;

  constructor({ url, apiUrl, clientId, clientSecret }: GitHubSettings, fetch: oidc.CustomFetch) {
    super();
    this.api = apiUrl ?? (url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`);
    const oauth = `${url}/login/oauth`;
    const server = {
      issuer: oauth, // what GitHub calls itself in `iss` (RFC 9207)
      authorization_endpoint: `${oauth}/authorize`,
      token_endpoint: `${oauth}/access_token`,
    };
    this.configuration = new oidc.Configuration(server, clientId, clientSecret);
    this.configuration[oidc.customFetch] = fetch;
    // The configuration lets only a server on this machine be without TLS.
    if (url.startsWith('http:') || this.api.startsWith('http:'))
      oidc.allowInsecureRequests(this.configuration);
  }

  async authorizationUrl(redirectUri: string, { state, verifier }: SignInSecrets): Promise<URL> {
    return oidc.buildAuthorizationUrl(this.configuration, {
      redirect_uri: redirectUri,
      scope: 'read:user user:email',
      state,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
  }

  async profile(callback: URL, { state, verifier }: SignInSecrets): Promise<ProviderProfile> {
    const tokens = await oidc.authorizationCodeGrant(this.configuration, callback, {
      expectedState: state,
      pkceCodeVerifier: verifier,
    });
    const user = Object(await this.ask('/user', tokens.access_token)) as Record<string, unknown>;
    const { id } = user;
    if (!Number.isSafeInteger(id)) throw new Error('GitHub tells no number for the user');
    return {
      subject: String(id),
      login: textOf(user['login']),
      name: textOf(user['name']),
      avatarUrl: textOf(user['avatar_url']),
      // What `/user` has as address is what he shows to others, verified or not.
      emails: verifiedEmails(await this.ask(EMAILS_PATH, tokens.access_token)),
    };
  }

  private async ask(path: string, token: string): Promise<unknown> {
    const headers = new Headers({
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    });
    const url = new URL(this.api + path);
    const answer = await oidc.fetchProtectedResource(this.configuration, token, url, 'GET', null, headers);
    if (answer.status !== 200) throw new Error(`GitHub answered ${answer.status} to ${url.pathname}`);
    return answer.json();
  }
}

function verifiedEmails(answer: unknown): string[] {
  const entries = (Array.isArray(answer) ? answer : []) as {
    email?: unknown;
    primary?: unknown;
    verified?: unknown;
  }[];
  return entries
    .filter(({ email, verified }) => verified === true && textOf(email) !== undefined)
    .sort((a, b) => Number(b.primary === true) - Number(a.primary === true))
    .map(({ email }) => email as string);
}
