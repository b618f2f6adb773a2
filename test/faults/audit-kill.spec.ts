import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ADMIN_PASSWORD, send } from '../support/app.js';
import { freePort } from '../support/binaries.js';
import { cliWith } from '../support/cli.js';
import { CompiledServer } from '../support/compiled-server.js';
import { seededRandom } from '../support/orders-file.js';
import { PostgresServer } from '../support/postgres.js';
import { servicesFound } from '../support/services.js';
import { iterations } from './iterations.js';

const KILLS = iterations('AUDIT_KILLS', 5, 40);

/** Makes entries, kills the server at random moments, and sees whether the log has all that was answered. */
async function underFire(databaseUrl?: string): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-audit-'));
  const random = seededRandom(KILLS);
  const env = {
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
    SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
    PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    AUDIT_SEAL_SECONDS: '1',
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl, MIGRATE_ON_START: 'true' }),
  };
  const answered: string[] = [];
  let server = await CompiledServer.start(env);
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      let killed = false;
      const writer = async (name: number) => {
        for (let n = 0; !killed; n++) {
          const requestId = `kill-${kill}-${name}-${n}`;
          const options = { method: 'POST', basic: ['admin', ADMIN_PASSWORD] as [string, string] };
          await send(`${server.url}/api/v1.0/tokens`, {
            ...options,
            headers: { 'x-request-id': requestId },
          }).then(
            (response) => (response.ok ? answered.push(requestId) : undefined),
            () => undefined, // the server was killed
          );
        }
      };
      const writers = [1, 2, 3].map(writer);
      await sleep(1_000 + random() * 1_500); // around a seal
      await server.stop('SIGKILL');
      killed = true;
      await Promise.all(writers);
      server = await CompiledServer.start(env);
    }
    await server.stop('SIGTERM');
    const cli = cliWith(env);
    const report = JSON.parse((await cli('audit', 'verify', '--json')).stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ ok: true, unsealed: 0 });
    expect(report['seals']).toBeGreaterThanOrEqual(KILLS);
    const rows = await cli(
      'db',
      'query',
      `select request_id as id from audit_entry where request_id like 'kill-%'`,
    );
    const recorded = new Set(
      rows.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id),
    );
    expect(answered.filter((id) => !recorded.has(id))).toEqual([]);
    expect(answered.length).toBeGreaterThan(KILLS * 5);
    process.stdout.write(`${answered.length} entries, ${KILLS} kills, ${report['seals'] as number} seals\n`);
  } finally {
    await server.stop('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

describe('the audit log of a server that is killed', () => {
  it(
    'has every deed that was answered, and its seals are right, on the embedded database',
    () => underFire(),
    600_000,
  );

  (servicesFound('postgres') ? it : it.skip)(
    'and on PostgreSQL',
    async () => {
      const postgres = await PostgresServer.start();
      try {
        await underFire(await postgres.createDatabase());
      } finally {
        await postgres.stop();
      }
    },
    600_000,
  );
});
