import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import jwt from 'jsonwebtoken';
import { SigningKeys } from '../../src/identity/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp } from '../support/people.js';
import { DepotModule, SERVICE } from '../support/service-routes.js';

let app: TestApp;
let ann: { token: string };

beforeAll(async () => {
  app = await startApp({}, [DepotModule]);
  ann = await signUp(app, 'ann');
});
afterAll(() => app?.close());

async function tokenFor(service: string): Promise<string> {
  const answer = await app.request(`/user/authorize?service=${service}`, { token: ann.token });
  return ((await answer.json()) as { token: string }).token;
}

async function status(path: string, token: string): Promise<number> {
  const answer = await app.request(path, { token });
  await answer.arrayBuffer();
  return answer.status;
}

describe('a forged permission token', () => {
  let kid: string;
  let privateKey: KeyObject;
  let publicPem: string;
  let claims: Record<string, unknown>;
  const now = () => Math.floor(Date.now() / 1000);

  beforeAll(async () => {
    claims = decodeJwt(await tokenFor(SERVICE));
    ({ kid, privateKey } = await app.app.get(SigningKeys).current());
    publicPem = await (await app.request('/user/public-key')).text();
  });

  function sign(changes: object = {}, head: object = {}, key: KeyObject = privateKey): string {
    const wanted = Object.fromEntries(
      Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined),
    );
    const header = { alg: 'RS256' as const, typ: 'permission+jwt', kid, ...head };
    return jwt.sign(wanted, key, { algorithm: 'RS256', header });
  }

  function forge(head: object, signature: (signed: string) => string): string {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ typ: 'permission+jwt', kid, ...head })}.${encode(claims)}`;
    return `${signed}.${signature(signed)}`;
  }

  it('is told by nothing but what follows', async () => {
    expect(await status('/depot/fetch', sign())).toBe(200);
  });

  it('with no signature, or one by the public key, is refused', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', ''])
      for (const signature of ['', sign().split('.')[2]!])
        expect(
          await status(
            '/depot/fetch',
            forge({ alg }, () => signature),
          ),
        ).toBe(401);
    for (const secret of [publicPem, publicPem.trim()]) {
      const hmac = (signed: string) => createHmac('sha256', secret).update(signed).digest('base64url');
      for (const alg of ['HS256', 'RS256'])
        expect(await status('/depot/fetch', forge({ alg }, hmac))).toBe(401);
    }
  });

  it('of our key by another name is refused', async () => {
    for (const id of ['unknown', 'f'.repeat(12)])
      expect(await status('/depot/fetch', sign({}, { kid: id }))).toBe(401);
  });

  it('of a foreign key is refused, whatever it calls itself', async () => {
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = foreign.publicKey.export({ format: 'jwk' });
    for (const head of [
      {},
      { kid: 'foreign' },
      { kid: undefined },
      { jwk },
      { kid: undefined, typ: 'JWT' },
      { kid: undefined, typ: undefined },
    ])
      expect(await status('/depot/fetch', sign({}, head, foreign.privateKey))).toBe(401);
  });

  it.each([
    ['that has expired', () => ({ exp: now() - 1 })],
    ['without an expiry', () => ({ exp: undefined })],
    ['that is not good yet', () => ({ nbf: now() + 3_600 })],
    ['of another issuer', () => ({ iss: 'someone' })],
    ['without an issuer', () => ({ iss: undefined })],
    ['without an id', () => ({ jti: undefined })],
    ['for another user than its subject', () => ({ userid: 'f'.repeat(32) })],
    ['of an unknown user', () => ({ userid: 'f'.repeat(32), sub: 'f'.repeat(32) })],
    ['of the program itself', () => ({ userid: 'system', sub: 'system' })],
    ['without a service', () => ({ service: undefined })],
    ['for a list of services', () => ({ service: [SERVICE] })],
    ['for a service that the database cannot hold', () => ({ service: 'a\0b' })],
    ['with a scope that is no text', () => ({ scope: ['depot.fetch'] })],
    ['with an origin that the database cannot hold', () => ({ origin: 'a\0b' })],
  ])('%s is refused', async (_name, changes) => {
    expect(await status('/depot/fetch', sign(changes()))).toBe(401);
  });

  it('opens no more for a wider scope', async () => {
    const scope = 'depot.fetch depot.manage depot.inside users.read *';
    const token = sign({ scope });
    expect(await status('/depot/fetch', token)).toBe(200);
    for (const path of ['/depot/manage', '/depot/inside', '/api/v1.0/users'])
      expect(await status(path, token)).toBe(403);
    expect(await status('/depot/fetch', sign({ scope: 'depot.manage' }))).toBe(403);
    expect(await status('/depot/fetch', sign({ scope: '' }))).toBe(403);
  });

  it('does not pass for a user token, nor the other way round', async () => {
    const asUser = sign({ aud: 'signalbox' });
    expect(await status('/api/v1.0/users', asUser)).toBe(403);
    expect(await status('/api/v1.0/users', sign({}, { typ: 'at+jwt' }))).toBe(401); // it has no audience
    const user = decodeJwt(ann.token);
    expect(
      await status(
        '/depot/fetch',
        sign({ ...user, userid: undefined, service: undefined, scope: undefined }),
      ),
    ).toBe(401);
    const [, payload, signature] = ann.token.split('.');
    const head = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'permission+jwt', kid })).toString(
      'base64url',
    );
    expect(await status('/depot/fetch', `${head}.${payload}.${signature}`)).toBe(401);
  });
});
