import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `tables`: as the migrations leave it; `empty`: without a table. */
type DatabaseKind = 'tables' | 'empty';

const ROOT = process.cwd();
const PGLITE = '@electric-sql/pglite';
const EMPTY = `const { PGlite } = await import('${PGLITE}');
await (await PGlite.create({ dataDir: process.argv[1] })).close();`;

/**
 * A new data directory for a program with this environment, with the embedded database in it unless its database is
 * elsewhere. To make one takes seconds, and most tests want one: so it is
 * made once for each state of the migrations, kept below `node_modules/.cache`, and copied.
 */
export async function newDataDirectory(
  prefix: string,
  env: Readonly<Record<string, string | undefined>> = {},
  kind: DatabaseKind = 'tables',
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  if (env['DATABASE_URL']) return directory;
  const template = join(ROOT, 'node_modules/.cache/signalbox', `${kind}-${fingerprint(kind)}`);
  if (!existsSync(template)) await make(kind, template);
  cpSync(template, join(directory, 'pg'), { recursive: true });
  return directory;
}

/** What the content of a template depends on. */
function fingerprint(kind: DatabaseKind): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'node_modules', PGLITE, 'package.json')));
  const migrations = join(ROOT, 'migrations');
  if (kind === 'tables')
    for (const name of readdirSync(migrations).sort())
      hash.update(name).update(readFileSync(join(migrations, name)));
  return hash.digest('hex').slice(0, 16);
}

async function make(kind: DatabaseKind, template: string): Promise<void> {
  mkdirSync(join(template, '..'), { recursive: true });
  const directory = mkdtempSync(`${template}-`);
  try {
    if (kind === 'tables') await migrate(directory);
    else
      execFileSync(process.execPath, ['--input-type=module', '-e', EMPTY, join(directory, 'pg')], {
        cwd: ROOT,
      });
    renameSync(join(directory, 'pg'), template);
  } catch (error) {
    if (!existsSync(template)) throw error; // else another process of the tests has been faster
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function migrate(directory: string): Promise<void> {
  // Only who has to make one needs the whole program.
  const { AppModule } = await import('../../src/app.module.js');
  const { systemActor } = await import('../../src/identity/index.js');
  const { Program } = await import('../../src/platform/cli/program.js');
  const { Environment } = await import('../../src/platform/config/environment.js');
  const { Migrations } = await import('../../src/platform/database/migrations.js');
  const moduleFor = (...parameters: Parameters<typeof AppModule.for>) => AppModule.for(...parameters);
  const environment = new Environment({ SIGNALBOX_DATA_DIR: directory, LOG_LEVEL: 'silent' });
  const program = new Program(moduleFor, environment, systemActor());
  try {
    await (await program.start()).get(Migrations, { strict: false }).up();
  } finally {
    await program.close();
  }
}
