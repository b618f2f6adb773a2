import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { freePort } from '../support/binaries.js';
import { cliWith, valueOf } from '../support/cli.js';
import { CompiledServer } from '../support/compiled-server.js';
import { PostgresServer } from '../support/postgres.js';
import { CANARIES, type Installation, useEverything } from '../support/secret-uses.js';
import { describeWith } from '../support/services.js';

jest.setTimeout(180_000); // processes of their own

/** The forms in which a secret may be found. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 depends on where in the text the secret begins; the middle is the same whatever is around it.
  const encoded = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64'));
  return [secret, bytes.toString('hex'), ...encoded.map((text) => text.slice(4, -4))];
}

function suite(start: (dataDir: string) => Promise<Record<string, string>>): void {
  let dataDir: string;
  let installation: Installation;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'signalbox-secrets-'));
    const env = {
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_ADMIN_PASSWORD: CANARIES.adminPassword,
      SIGNALBOX_SECRET: CANARIES.installation,
      GITHUB_CLIENT_ID: 'signalbox',
      GITHUB_CLIENT_SECRET: CANARIES.provider,
      GITHUB_SIGN_IN_URL: `http://127.0.0.1:${await freePort()}`, // nobody answers
      PORT: String(await freePort()),
      LOG_LEVEL: 'trace',
      LOG_FORMAT: 'json',
      LOG_FILE: join(dataDir, 'logs/api.log'),
      AUDIT_SEAL_SECONDS: '1',
      ...(await start(dataDir)),
    };
    const server = await CompiledServer.start(env);
    const cli = cliWith(env);
    const secrets = new Map<string, string>(Object.entries(CANARIES));
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
    expect(installation.secrets.size).toBeGreaterThan(16);
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
          'api_client',
          'api_key',
          'audit_seal',
          'job',
          'order_import',
          'refresh_token',
          'revoked_token',
          'sign_in',
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

describe('secrets, on the embedded database', () => {
  suite(() => Promise.resolve({}));
});

describeWith('postgres')('secrets, on PostgreSQL', () => {
  let postgres: PostgresServer | undefined;
  suite(async () => {
    postgres = await PostgresServer.start();
    return { DATABASE_URL: await postgres.createDatabase(), MIGRATE_ON_START: 'true', JOBS_IN_API: 'true' };
  });
  afterAll(() => postgres?.stop());
});
