import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, importSPKI, jwtVerify } from 'jose';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { IdentityConfig } from '../../src/identity/identity.config.js';
import { KeyRotation } from '../../src/identity/signing-keys/key-rotation.js';
import { ROTATE_KEYS } from '../../src/identity/signing-keys/rotate-keys.job.js';
import { SigningConfig } from '../../src/identity/signing-keys/signing.config.js';
import { SigningKeys } from '../../src/identity/signing-keys/signing-keys.js';
import { JobsService } from '../../src/jobs/index.js';
import { Actor } from '../../src/platform/access/actor.js';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';

interface Jwk {
  kid: string;
  kty: string;
  alg: string;
  use: string;
  n: string;
  e: string;
  d?: string;
}

let app: TestApp;
let database: Database;
let rotation: KeyRotation;

beforeAll(async () => {
  app = await startApp({ SIGNING_KEY_LEAD_SECONDS: '3', TOKEN_MAX_SECONDS: '7200' });
  database = app.app.get(Database);
  rotation = app.app.get(KeyRotation);
});
afterAll(() => app?.close());

const newToken = () => app.app.get(UsersService).issueToken(systemActor(), 'admin', 600);
const kidOf = (token: string) => decodeProtectedHeader(token).kid!;
const jwks = async () =>
  ((await (await app.request('/.well-known/jwks.json')).json()) as { keys: Jwk[] }).keys;
const kids = async () => (await jwks()).map(({ kid }) => kid);
const pem = async () => (await app.request('/user/public-key')).text();

async function status(token: string): Promise<number> {
  const answer = await app.request('/api/v1.0/users', { token });
  await answer.arrayBuffer();
  return answer.status;
}

/** Lets other processes' time pass: what was changed here by SQL counts everywhere after this. */
async function changedBySql(sql: string): Promise<void> {
  await database.execute(sql);
  await database.execute(
    `update setting set value = to_jsonb(value::bigint + 1) where key = 'identity.version'`,
  );
  await sleep(1_600);
}

describe('the published keys', () => {
  it('are one set of public halves, with what caches need to know', async () => {
    const answer = await app.request('/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=1'); // half the lead
    const { keys } = (await answer.json()) as { keys: Jwk[] };
    expect(keys).toEqual([
      {
        kty: 'RSA',
        kid: kidOf(await newToken()),
        alg: 'RS256',
        use: 'sig',
        n: expect.any(String),
        e: 'AQAB',
      },
    ]);
    const etag = answer.headers.get('etag')!;
    const known = (tag: string) =>
      app.request('/.well-known/jwks.json', { headers: { 'if-none-match': tag } });
    expect((await known(etag)).status).toBe(304);
    expect((await known(`"x", W/${etag}`)).status).toBe(304);
    expect((await known('*')).status).toBe(304);
    expect((await known('"x"')).status).toBe(200);
    expect(await (await known(etag)).text()).toBe('');
  });

  it.each(['/user/public-key', '/auth/public-key', '/permit/public-key'])(
    'have the one that signs at %s',
    async (path) => {
      const answer = await app.request(path);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(answer.headers.get('etag')).toMatch(/^".+"$/);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=60');
      const text = await answer.text();
      expect(text).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+-----END PUBLIC KEY-----\n$/);
      const { payload } = await jwtVerify(await newToken(), await importSPKI(text, 'RS256'));
      expect(payload.sub).toEqual(expect.any(String));
    },
  );
});

describe('rotation', () => {
  it('publishes a key before it signs, and keeps the one before for the tokens that it signed', async () => {
    const former = await newToken();
    const formerPem = await pem();
    const { kid, activeFrom, formerUntil, made } = await rotation.rotate(systemActor());
    expect(made).toBe(true);
    expect(activeFrom.getTime() - Date.now()).toBeLessThanOrEqual(3_000);
    expect(formerUntil!.getTime() - activeFrom.getTime()).toBe((7_200 + 300) * 1_000);
    expect(await kids()).toEqual([kid, kidOf(former)]);
    expect(kidOf(await newToken())).toBe(kidOf(former));
    expect(await pem()).toBe(formerPem);

    // who asks again gets the key that is on its way
    expect(await rotation.rotate(systemActor())).toMatchObject({ kid, activeFrom, formerUntil, made: false });
    expect(await kids()).toHaveLength(2);

    const patience = { cooldownDuration: 600_000, cacheMaxAge: 600_000 };
    const set = createRemoteJWKSet(new URL(`${app.url}/.well-known/jwks.json`), patience);
    await jwtVerify(former, set); // loads the set, and does not load another one
    await sleep(activeFrom.getTime() - Date.now() + 50);
    const latter = await newToken();
    expect(kidOf(latter)).toBe(kid);
    expect(await pem()).not.toBe(formerPem);
    expect([await status(former), await status(latter)]).toEqual([200, 200]);
    await jwtVerify(latter, set);
  });

  it('refuses tokens of a key that is retired, and forgets it', async () => {
    const former = (await kids())[1]!;
    const [token] = [await newToken()];
    await changedBySql(`update signing_key set retired_at = now() where kid = '${former}'`);
    expect(await kids()).toEqual([kidOf(token)]);
    expect(await status(token)).toBe(200);
    expect(await rotation.removeRetired(systemActor())).toBe(1);
    expect(await database.query('select kid from signing_key')).toEqual([{ kid: kidOf(token) }]);
  });

  it('ends a key by the clock, without a word to the process that knows it', async () => {
    const token = await newToken();
    await rotation.rotate(systemActor());
    await sleep(3_100);
    const until = new Date(Date.now() + 2_500).toISOString();
    await changedBySql(`update signing_key set retired_at = '${until}' where kid = '${kidOf(token)}'`);
    expect(await kids()).toContain(kidOf(token));
    expect(await status(token)).toBe(200);
    await sleep(1_500);
    expect(await kids()).not.toContain(kidOf(token));
    await changedBySql('select 1'); // or else a minute, in which the actor is remembered
    expect(await status(token)).toBe(401);
  });

  it('is written down', async () => {
    const [entry] = await database.query<{
      actor: string;
      subject: string;
      details: Record<string, unknown>;
    }>(
      `select actor, subject, details from audit_entry where action = 'signing-key.rotate' order by id desc limit 1`,
    );
    expect(entry).toMatchObject({
      actor: 'system',
      subject: `signing-key:${(await kids())[0]}`,
      details: {
        former: [expect.any(String)],
        activeFrom: expect.any(String),
        formerUntil: expect.any(String),
      },
    });
    const [{ text }] = (await database.query<{ text: string }>(
      'select string_agg(details::text, $1) as text from audit_entry',
      [' '],
    )) as [{ text: string }];
    expect(text).not.toMatch(/PRIVATE|BEGIN/);
  });

  it('is for who may, and nobody else', async () => {
    const somebody = new Actor({ ...systemActor(), permissions: new Set(['users.read']) });
    for (const act of ['rotate', 'rotateByAge', 'replace', 'removeRetired'] as const)
      await expect(rotation[act](somebody)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

describe('the key before', () => {
  const SHORT = { TOKEN_MAX_SECONDS: '600', PERMISSION_TOKEN_SECONDS: '600', CLIENT_TOKEN_SECONDS: '600' };

  it.each(Object.keys(SHORT))('verifies as long as the longest token of %s', async (name) => {
    const other = await startApp({ ...SHORT, SIGNING_KEY_LEAD_SECONDS: '3', [name]: '86400' });
    try {
      await other.app.get(SigningKeys).current(); // there is a key
      const { activeFrom, formerUntil } = await other.app.get(KeyRotation).rotate(systemActor());
      expect(formerUntil!.getTime() - activeFrom.getTime()).toBe((86_400 + 300) * 1_000);
    } finally {
      await other.close();
    }
  });

  it('is long enough for every setting of how long a token is good', () => {
    const configured = [
      ...Object.keys(app.app.get(IdentityConfig)),
      ...Object.keys(app.app.get(SigningConfig)),
    ];
    expect(configured.filter((name) => /TOKEN.*_SECONDS$/.test(name)).sort()).toEqual(
      Object.keys(SHORT).sort(),
    );
  });
});

describe('the first key', () => {
  it('is written down, once, however many ask for it', async () => {
    const other = await startApp({ JOBS_IN_API: 'false' });
    try {
      const keys = other.app.get(SigningKeys);
      const made = await Promise.all([keys.current(), keys.current(), keys.published()]);
      const entries = await other.app
        .get(Database)
        .query(`select actor, subject, details from audit_entry where action = 'signing-key.create'`);
      expect(entries).toEqual([{ actor: 'system', subject: `signing-key:${made[0].kid}`, details: null }]);
      await other.app.get(KeyRotation).rotate(systemActor());
      expect(
        await other.app.get(Database).query(`select from audit_entry where action = 'signing-key.create'`),
      ).toHaveLength(1);
    } finally {
      await other.close();
    }
  });
});

describe('rotation by age', () => {
  const run = async () => {
    const id = await app.app.get(JobsService).enqueue(ROTATE_KEYS, {});
    for (;;) {
      const [job] = await database.query<{ state: string; result: { next: string | null; removed: number } }>(
        'select state, result from job where id = $1',
        [id],
      );
      if (job!.state === 'succeeded') return job!.result;
      if (job!.state === 'failed') throw new Error('the job failed');
      await sleep(50);
    }
  };

  it('is asked for every night', async () => {
    const [schedule] = await database.query(
      `select cron from job_schedule where kind = 'identity.rotate-keys'`,
    );
    expect(schedule).toEqual({ cron: expect.any(String) });
  });

  it('makes a key where the youngest is 90 days old, once', async () => {
    expect(await run()).toEqual({ next: null, removed: expect.any(Number) });
    const before = await kids();
    await changedBySql(`update signing_key set active_from = active_from - interval '91 days'`);
    const results = await Promise.all([
      rotation.rotateByAge(systemActor()),
      rotation.rotateByAge(systemActor()),
    ]);
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await run()).toEqual({ next: null, removed: 0 });
    expect(await kids()).toHaveLength(before.length + 1);
    const key = results.find(Boolean)!;
    await sleep(key.activeFrom.getTime() - Date.now() + 50);
    expect(kidOf(await newToken())).toBe(key.kid);
  });

  it('removes what is retired', async () => {
    await database.execute(
      `update signing_key set retired_at = now() - interval '1 s' where retired_at is not null`,
    );
    const { removed } = await run();
    expect(removed).toBeGreaterThan(0);
    expect(await database.query('select from signing_key')).toHaveLength(1);
  });
});

describe('a key in wrong hands', () => {
  it('ends at once, with all tokens, and so does one that is on its way', async () => {
    const token = await newToken();
    await rotation.rotate(systemActor());
    await database.execute(
      `insert into token_family (id, user_id, expires_at) values (gen_random_uuid(), 1, now() + interval '1 day')`,
    );
    expect(await status(token)).toBe(200);
    const { kid } = await rotation.replace(systemActor());
    expect(await kids()).toEqual([kid]);
    expect(await status(token)).toBe(401);
    const next = await newToken();
    expect([kidOf(next), await status(next)]).toEqual([kid, 200]);
    expect(await database.query('select from token_family where revoked_at is null')).toEqual([]);
    const [entry] = await database.query<{ details: { retired: string[] } }>(
      `select details from audit_entry where action = 'signing-key.replace'`,
    );
    expect(entry!.details.retired).toHaveLength(2);
    expect(decodeJwt(next).sub).toEqual(expect.any(String));
  });
});
