import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jwt, { type SignOptions } from 'jsonwebtoken';
import { SigningKeys } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
let kid: string;
let privateKey: KeyObject;
let publicPem: string;
let claims: Record<string, unknown>;

beforeAll(async () => {
  app = await startApp();
  const valid = await app.adminToken();
  ({ kid, privateKey } = await app.app.get(SigningKeys).current());
  const [key] = await app.app
    .get(Database)
    .query<{ public_pem: string }>('select public_pem from signing_key');
  publicPem = key!.public_pem;
  claims = jwt.decode(valid) as Record<string, unknown>;
});
afterAll(() => app.close());

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = () => ({ alg: 'RS256', typ: 'at+jwt', kid });
const now = () => Math.floor(Date.now() / 1000);

/** A token signed with the real key, or another one. */
function sign(changes: object = {}, head: object = {}, key: KeyObject = privateKey): string {
  const options: SignOptions = { algorithm: 'RS256', header: { ...header(), ...head } };
  return jwt.sign({ ...claims, ...changes }, key, options);
}

/** A token whose signature an attacker makes himself. */
function forge(head: object, signature: (signed: string) => string = () => ''): string {
  const signed = `${encode({ ...header(), ...head })}.${encode(claims)}`;
  return `${signed}.${signature(signed)}`;
}

async function status(token: string): Promise<number> {
  const answer = await app.request('/api/v1.0/users', { token });
  await answer.arrayBuffer();
  return answer.status;
}

describe('a token', () => {
  it('signed like ours is good: what follows fails for its own reason', async () => {
    expect(await status(sign())).toBe(200);
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('with the algorithm %p is refused', async (alg) => {
    expect(await status(forge({ alg }))).toBe(401);
    expect(await status(forge({ alg }, () => sign().split('.')[2]!))).toBe(401);
  });

  it.each(['HS256', 'HS384', 'HS512'])(
    'signed by %s with the public key as secret is refused',
    async (alg) => {
      const digest = `sha${alg.slice(2)}`;
      const derBase64 = publicPem.replace(/-----.*-----|\s/g, '');
      for (const secret of [publicPem, publicPem.trim(), derBase64, Buffer.from(derBase64, 'base64')]) {
        const hmac = (signed: string) => createHmac(digest, secret).update(signed).digest('base64url');
        expect(await status(forge({ alg }, hmac))).toBe(401);
        expect(await status(forge({ alg: 'RS256' }, hmac))).toBe(401);
      }
    },
  );

  it.each(['RS384', 'RS512', 'PS256'] as const)('signed with our key by %s is refused', async (algorithm) => {
    const options: SignOptions = { algorithm, header: { ...header(), alg: algorithm } };
    expect(await status(jwt.sign(claims, privateKey, options))).toBe(401);
  });

  it.each([
    '../../../../dev/null',
    '/etc/passwd',
    "x' union select 'key' --",
    "'; drop table signing_key; --",
    'a'.repeat(65),
    '\u0000',
    '',
    '__proto__',
    'constructor',
    7,
    null,
    ['x'],
    { toString: 'x' },
  ])('with the key id %j is refused', async (id) => {
    const head = { kid: id };
    expect(await status(forge(head, () => sign().split('.')[2]!))).toBe(401);
    const hmac = (signed: string) => createHmac('sha256', '').update(signed).digest('base64url');
    expect(await status(forge({ ...head, alg: 'HS256' }, hmac))).toBe(401);
  });

  it.each(['unknown', 'f'.repeat(12), undefined])('of our key, which it calls %p, is refused', async (id) => {
    expect(await status(sign({}, { kid: id }))).toBe(401);
  });

  it('that brings its own key is refused', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid };
    for (const head of [
      {},
      { jwk },
      { jku: 'http://127.0.0.1:9/keys' },
      { x5u: 'http://127.0.0.1:9/cert' },
      { x5c: ['MIIB'] },
      { kid: undefined, jwk },
      { kid: 'mine', jwk: { ...jwk, kid: 'mine' } },
      { crit: ['x'], x: 1 },
    ]) {
      expect(await status(sign({}, head, pair.privateKey))).toBe(401);
    }
  });

  it.each([
    ['another audience', { aud: 'os.datastore' }],
    ['no audience', { aud: undefined }],
    ['a list of other audiences', { aud: ['rawstore', 'source'] }],
    ['another issuer', { iss: 'someone' }],
    ['no issuer', { iss: undefined }],
    ['an expiry in the past', { exp: 1_000_000_000 }],
    ['an expiry a moment ago', { exp: now() - 1 }],
    ['no expiry', { exp: undefined }],
    ['a start in the future', { nbf: now() + 3_600 }],
    ['no id', { jti: undefined }],
    ['no subject', { sub: undefined }],
    ['an unknown subject', { sub: 'f'.repeat(32) }],
    ['a nickname as subject', { sub: 'admin' }],
    ['a subject that the database cannot hold', { sub: 'a\u0000b' }],
    ['an id that the database cannot hold', { jti: 'a\u0000b' }],
    ['an unknown API client as subject', { sub: `client-${'0'.repeat(24)}` }],
    ['an unknown family', { sid: '0199f0de-5f5a-7cc4-8d3e-0123456789ab' }],
    ['a family that is no id', { sid: 'x' }],
    ['a family that is no text', { sid: { toString: 'x' } }],
    ['no family where there must be one', { sid: null }],
  ])('with %s is refused', async (_name, changes) => {
    const wanted = Object.fromEntries(
      Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined),
    );
    const options: SignOptions = { algorithm: 'RS256', header: header() };
    expect(await status(jwt.sign(wanted, privateKey, options))).toBe(401);
  });

  it.each([1e300, -1, 0.5, '1000000000', null, {}])('issued at %j is refused or harmless', async (iat) => {
    const signed = `${encode(header())}.${encode({ ...claims, iat })}`;
    const signature = createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url');
    expect([200, 401]).toContain(await status(`${signed}.${signature}`));
  });

  it.each(['JWT', 'at+JWT2', 'application/jwt', '', undefined])('of the type %p is refused', async (typ) => {
    const head = { ...header(), typ };
    const signed = `${encode(head)}.${encode(claims)}`;
    const signature = createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url');
    expect(await status(`${signed}.${signature}`)).toBe(401);
  });

  it('with any part changed is refused', async () => {
    const [head, payload, signature] = sign().split('.') as [string, string, string];
    const admin = { ...claims, sub: 'system' };
    for (const token of [
      `${head}.${encode(admin)}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -4)}`,
      `${head}.${payload}.`,
      `${head}.${payload}`,
      `${head}..${signature}`,
      `.${payload}.${signature}`,
      `${head}.${payload}.${signature}.${signature}`,
      `${encode([])}.${payload}.${signature}`,
      `${encode(null)}.${payload}.${signature}`,
      `${Buffer.from('{"alg":').toString('base64url')}.${payload}.${signature}`,
      `${head}.${Buffer.from('{"sub":').toString('base64url')}.${signature}`,
    ]) {
      expect(await status(token)).toBe(401);
    }
  });

  it('with a retired key is refused', async () => {
    const database = app.app.get(Database);
    const token = sign({ jti: 'before-retirement' });
    expect(await status(token)).toBe(200);
    await database.execute('update signing_key set retired_at = now()');
    await database.execute(
      `update setting set value = to_jsonb(value::bigint + 1) where key = 'identity.version'`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect(await status(token)).toBe(401);
    expect(
      (await app.request('/api/v1.0/users', { basic: ['admin', 'correct-horse-battery-staple'] })).status,
    ).toBe(200);
  });
});
