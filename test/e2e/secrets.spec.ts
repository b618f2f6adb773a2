import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { send, type TestRequest } from '../support/app.js';
import { freePort } from '../support/binaries.js';
import { cliWith, valueOf } from '../support/cli.js';
import { CompiledServer } from '../support/compiled-server.js';
import { PostgresServer } from '../support/postgres.js';
import { servicesFound } from '../support/services.js';

jest.setTimeout(180_000); // processes of their own

/** Each is found by one search, wherever it got to. */
const ADMIN_PASSWORD = 'canary-admin-password-7f1e';
const SIGNALBOX_SECRET = 'canary-installation-secret-of-32-characters-90ab';
const TYPED = 'canary-typed-by-mistake-44d2';
const WRONG_PASSWORD = 'canary-wrong-password-c31b';
const IN_BODY = 'canary-in-a-body-5e88';

/** The forms in which a secret may be found. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 depends on where in the text the secret begins; the middle is the same whatever is around it.
  const encoded = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64'));
  return [secret, bytes.toString('hex'), ...encoded.map((text) => text.slice(4, -4))];
}

interface Installation {
  readonly server: CompiledServer;
  readonly connectionString: string;
  /** Secrets that came into being, by their names. */
  readonly secrets: Map<string, string>;
  /** What the server answered that no secret may be in. */
  readonly answers: string[];
}

function suite(start: (dataDir: string) => Promise<Record<string, string>>): void {
  let dataDir: string;
  let installation: Installation;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'signalbox-secrets-'));
    const env = {
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
      SIGNALBOX_SECRET,
      PORT: String(await freePort()),
      LOG_LEVEL: 'trace',
      LOG_FORMAT: 'json',
      LOG_FILE: join(dataDir, 'logs/api.log'),
      AUDIT_SEAL_SECONDS: '1',
      ...(await start(dataDir)),
    };
    const server = await CompiledServer.start(env);
    const cli = cliWith(env);
    const secrets = new Map([
      ['admin password', ADMIN_PASSWORD],
      ['installation secret', SIGNALBOX_SECRET],
      ['typed', TYPED],
      ['wrong password', WRONG_PASSWORD],
      ['in a body', IN_BODY],
    ]);
    const made = await cli('createuser', 'ann');
    secrets.set('password', valueOf('password', made));
    secrets.set('token of the CLI', valueOf('token', made));
    const connectionString = (await cli('db', 'connect', '--url')).stdout.trim();
    installation = { server, connectionString, secrets, answers: [] };
    await useEverything(installation);
    await sleep(2_500); // seals, notes of who was seen, log lines
  });
  afterAll(async () => {
    await installation?.server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const found = (text: string) =>
    [...installation.secrets].flatMap(([name, secret]) =>
      formsOf(secret)
        .filter((form) => text.includes(form))
        .map((form) => `${name}: ...${text.slice(Math.max(0, text.indexOf(form) - 80), text.indexOf(form))}`),
    );

  it('can be found by this test', () => {
    for (const secret of installation.secrets.values()) {
      expect(found(`{"a":"${secret}"}`)).toHaveLength(1);
      expect(found(Buffer.from(`ann:${secret}`).toString('base64')).length).toBeGreaterThan(0);
      expect(found(`\\x${Buffer.from(`x${secret}`).toString('hex')}`).length).toBeGreaterThan(0);
    }
    expect(installation.secrets.size).toBeGreaterThan(8);
  });

  it('are in no row of any table', async () => {
    const client = new pg.Client({ connectionString: installation.connectionString });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ schema: string; name: string }>(
        `select table_schema as schema, table_name as name from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
      );
      const filled: string[] = [];
      for (const { schema, name } of tables) {
        const { rows } = await client.query<{ row: string }>(
          `select t::text as row from "${schema}"."${name}" t`,
        );
        if (rows.length > 0) filled.push(name);
        expect([name, found(rows.map(({ row }) => row).join('\n'))]).toEqual([name, []]);
      }
      // Those that what was done leaves traces in.
      expect(filled).toEqual(
        expect.arrayContaining([
          'user',
          'audit_entry',
          'audit_seal',
          'job',
          'order_import',
          'revoked_token',
          'signing_key',
        ]),
      );
      const { rows } = await client.query<{ hash: string; key: string }>(
        `select (select password_hash from "user" where nickname = 'ann') as hash, (select encrypted_private_key from signing_key limit 1) as key`,
      );
      expect(rows[0]!.hash).toMatch(/^\$argon2id\$/);
      expect(rows[0]!.key).toMatch(/^[0-9a-f]{8}\.[\w-]{500,}$/);
    } finally {
      await client.end();
    }
  });

  it('are in no line of the log', () => {
    const { server } = installation;
    expect(server.printed).toContain('"msg":"request"');
    expect(server.printed).toContain('"level":20'); // at level debug, so that nothing is left out
    expect(found(server.printed)).toEqual([]);
    const files = readdirSync(join(dataDir, 'logs')).map((name) =>
      readFileSync(join(dataDir, 'logs', name), 'utf8'),
    );
    expect(files.join('')).toContain('"msg":"request"');
    expect(found(files.join(''))).toEqual([]);
  });

  it('are in no answer but the one that gives them', () => {
    expect(installation.answers.length).toBeGreaterThan(20);
    for (const answer of installation.answers) expect([answer, found(answer)]).toEqual([answer, []]);
  });
}

/** Brings every secret to every place where it may be taken for something else, and notes what is answered. */
async function useEverything({ server, secrets, answers }: Installation): Promise<void> {
  const ask = async (path: string, options: TestRequest = {}): Promise<Response> => {
    const response = await send(server.url + path, options);
    const headers = [...response.headers].map((header) => header.join(': ')).join('\n');
    const body = await response.clone().text();
    // A token that was asked for is in the answer.
    answers.push(
      `${options.method ?? 'GET'} -> ${response.status}\n${headers}\n${body.replace(/^\{"token":"[^"]+"\}$/, '')}`,
    );
    return response;
  };
  const tokenOf = async (name: string, password: string) => {
    const response = await ask('/api/v1.0/tokens', { method: 'POST', basic: [name, password] });
    return ((await response.json()) as { token: string }).token;
  };
  const admin = await tokenOf('admin', ADMIN_PASSWORD);
  const ann = await tokenOf('ann', secrets.get('password')!);
  const signature = (token: string) => token.split('.')[2]!;
  secrets.set('token of the admin', signature(admin)).set('token of ann', signature(ann));
  secrets.set('token of the CLI', signature(secrets.get('token of the CLI')!));

  const list = '/api/v1.0/users';
  await ask(list, { token: admin });
  await ask(list, { basic: ['ann', secrets.get('password')!] });
  await ask(list, { basic: ['ann', WRONG_PASSWORD] });
  await ask(list, { basic: [TYPED, WRONG_PASSWORD] });
  await ask(list, { basic: [secrets.get('password')!, 'ann'] });
  await ask(list, { token: `${ann}x` });
  await ask(list, { token: TYPED });
  for (const header of [
    'auth-token',
    'api-key',
    'x-api-key',
    'cookie',
    'x-auth-token',
    'proxy-authorization',
    'user-agent',
    'referer',
  ])
    await ask(list, { headers: { [header]: header === 'cookie' ? `jwt=${ann}` : ann } });
  await ask(list, { headers: { authorization: `Token ${ann}` } });
  await ask(list, { headers: { authorization: `Digest username="ann", response="${TYPED}"` } });
  await ask(list, { headers: { authorization: ann } });
  await ask(list, { headers: { 'x-request-id': `${TYPED} is not an id` }, token: admin });
  for (const parameter of [
    'jwt',
    'token',
    'access_token',
    'password',
    'api_key',
    'apikey',
    'client_secret',
    'secret',
    'code',
    'refresh_token',
  ]) {
    await ask(`${list}?${parameter}=${ann}`);
    await ask(`/acme_orders/api/v1/orders?${parameter}=${ann}`);
    await ask(`/nowhere?x=1&${parameter}=${TYPED}`);
  }
  await ask(`${list}?JWT=${ann}`);
  await ask(`${list}?j%77t=${ann}`);
  await ask(`${list}?x=1;jwt=${ann}`);
  const json = { 'content-type': 'application/json' };
  for (const body of [
    `{"password":"${IN_BODY}"`,
    `${IN_BODY}`,
    `{"name":${IN_BODY}}`,
    `{"name":"${IN_BODY}" "x":1}`,
    `["${IN_BODY}"]`,
    `{"${IN_BODY}`,
    `{"name":"x","password":"${IN_BODY}"}`,
    `{"__proto__":{"password":"${IN_BODY}"}}`,
  ])
    await ask(`${list}/1/roles`, { method: 'POST', token: admin, headers: json, body });
  await ask(`${list}/1/roles`, {
    method: 'POST',
    token: admin,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `password=${IN_BODY}&jwt=${ann}`,
  });
  await ask('/api/v1.0/tokens', {
    method: 'POST',
    basic: ['admin', ADMIN_PASSWORD],
    headers: json,
    body: `{"password":"${IN_BODY}"}`,
  });
  await ask(`/api/v1.0/tokens?expiration=${ann}`, { method: 'POST', basic: ['admin', ADMIN_PASSWORD] });
  await ask(`${list}/${ann}`, { token: admin });
  await ask(`${list}/1/roles/${ann}?x=y`, { token: admin });
  const form = new FormData();
  form.set(
    'csv_file',
    new Blob(['id|name|email|state|zipcode|birthday\n1|a|b@c.de|CA|1|Jan 1, 1980\n']),
    'orders.csv',
  );
  await ask('/acme_orders/api/v1/orders/import', {
    method: 'PUT',
    token: ann,
    body: form,
    headers: { 'auth-token': ann },
  });
  await ask('/acme_orders/api/v1/rules', {
    method: 'PUT',
    basic: ['admin', ADMIN_PASSWORD],
    json: { note: 'stricter', parameters: { allowed_age: { age: 30 } } },
    headers: { 'idempotency-key': 'once' },
  });
  await ask('/api/v1.0/tokens', { method: 'DELETE', token: ann });
  await ask(list, { token: ann });
  await ask('/metrics');
  await ask('/health/ready', { token: ann });
}

describe('secrets, on the embedded database', () => {
  suite(() => Promise.resolve({}));
});

(servicesFound('postgres') ? describe : describe.skip)('secrets, on PostgreSQL', () => {
  let postgres: PostgresServer | undefined;
  suite(async () => {
    postgres = await PostgresServer.start();
    return { DATABASE_URL: await postgres.createDatabase(), MIGRATE_ON_START: 'true', JOBS_IN_API: 'true' };
  });
  afterAll(() => postgres?.stop());
});
