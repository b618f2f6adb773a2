import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Visitor } from './visitor.js';

export const CLIENT = { clientId: 'signalbox', clientSecret: 'a secret-of_the client: 100%' };

/** What the issuer says of somebody. */
export interface IssuerAccount {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly picture?: string;
  readonly preferred_username?: string;
}

/** A real issuer of OpenID Connect on this machine. Its page asks for a name and for no password. */
export interface Issuer {
  readonly url: string;
  /** By subject. */
  readonly people: Record<string, IssuerAccount>;
  /** Lets the browser go back to these addresses, and begins to serve: before, it answers 503. */
  serve(...redirectUris: string[]): void;
  close(): Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const people: Record<string, IssuerAccount> = {};
  let handle: (request: IncomingMessage, response: ServerResponse) => unknown = (_, response) =>
    response.writeHead(503).end();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    people,
    serve: (...redirectUris) => (handle = handlerOf(url, people, redirectUris)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Signs in at the issuer's page that a sign-in leads to; returns where the issuer sends the browser. Who calls himself
 * `deny` says no. */
export async function signInAtIssuer(
  visitor: Visitor,
  issuer: Issuer,
  start: string,
  subject: string,
): Promise<string> {
  const away = (url: string) => !url.startsWith(issuer.url) && url.includes('callback');
  const page = await visitor.follow(start, away);
  if (away(page.url)) return page.url; // signed in there already
  const answer = await visitor.open(page.url, {
    method: 'POST',
    body: new URLSearchParams({ subject }),
  });
  const next = new URL(answer.headers.get('location')!, page.url).href;
  return away(next) ? next : (await visitor.follow(next, away)).url;
}

function handlerOf(url: string, people: Record<string, IssuerAccount>, redirectUris: string[]) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
  const provider = new Provider(url, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    adapter: Memory,
    jwks: { keys: [key] },
    cookies: { keys: [randomUUID()] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'picture', 'preferred_username'],
    },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    // Nobody is asked what the client may know.
    loadExistingGrant: async (context) => {
      const { client, session, provider: own } = context.oidc;
      const given = session!.grantIdFor(client!.clientId);
      if (given !== undefined) return own.Grant.find(given);
      const grant = new own.Grant({ clientId: client!.clientId, accountId: session!.accountId! });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
  const serve = provider.callback();
  return async (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url!.startsWith('/interaction/')) return serve(request, response);
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'text/html' });
      return response.end('<form method="post"><input name="subject"><button>Sign in</button></form>');
    }
    const subject = new URLSearchParams(await text(request)).get('subject')!;
    const result =
      subject === 'deny'
        ? { error: 'access_denied', error_description: 'The user said no.' }
        : { login: { accountId: subject } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };
}

/** What the issuer keeps, until its process ends. */
class Memory implements Adapter {
  private static readonly rows = new Map<string, AdapterPayload>();

  constructor(private readonly kind: string) {}

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    Memory.rows.set(`${this.kind} ${id}`, payload);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return Memory.rows.get(`${this.kind} ${id}`);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return [...Memory.rows.values()].find((payload) => payload.uid === uid && payload.kind === this.kind);
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const payload = await this.find(id);
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    Memory.rows.delete(`${this.kind} ${id}`);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of Memory.rows) if (payload.grantId === grantId) Memory.rows.delete(key);
  }
}
