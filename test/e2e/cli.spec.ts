import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JobsService } from '../../src/jobs/index.js';
import { PRUNE_JOBS } from '../../src/jobs/prune-jobs.job.js';
import { ADMIN_PASSWORD, send, startApp, type TestApp, type TestRequest } from '../support/app.js';
import { findBinary, freePort } from '../support/binaries.js';
import { type CliResult, cliWith, valueOf } from '../support/cli.js';
import { CompiledServer } from '../support/compiled-server.js';
import { PostgresServer } from '../support/postgres.js';
import { servicesFound } from '../support/services.js';

const SECRET = 'a secret of thirty-two characters or more';
/** A change that the CLI makes holds in a running server after a second; the rest is for a slow machine. */
const SOON_MS = 5_000;

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What every failure looks like: one line on standard error, nothing on standard output. */
function expectRefusal(result: CliResult, code: number, message: RegExp): void {
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trimEnd()).not.toContain('\n');
}

async function statusSoon(expected: number, ask: () => Promise<Response>): Promise<number> {
  const until = Date.now() + SOON_MS;
  for (;;) {
    const { status } = await ask();
    if (status === expected || Date.now() > until) return status;
    await sleep(100);
  }
}

const signIn = (nickname: string, password: string): TestRequest => ({
  method: 'POST',
  basic: [nickname, password],
});

describe('the command line itself', () => {
  it('shows how it is used, with exit code 2 where it was used otherwise, and touches nothing', async () => {
    const dataDir = join(folder, 'untouched');
    const cli = cliWith({ SIGNALBOX_DATA_DIR: dataDir, PORT: 'nonsense' });
    const [help, helpOfOne, nothing, unknown, option, missing, many, value] = await Promise.all([
      cli('--help'),
      cli('createuser', '--help'),
      cli('migrate'),
      cli('frobnicate'),
      cli('createuser', 'ann', '--nonsense'),
      cli('createuser'),
      cli('token', 'ann', 'bob'),
      cli('jobs', 'list', '--state', 'nonsense'),
    ]);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['createuser', 'migrate', 'jobs', 'openapi', 'config'])
      expect(help.stdout).toContain(command);
    expect(helpOfOne.stdout).toContain('--email');
    for (const [result, message] of [
      [nothing, 'signalbox migrate'],
      [unknown, "unknown command 'frobnicate'"],
      [option, "unknown option '--nonsense'"],
      [missing, "missing required argument 'nickname'"],
      [many, 'too many arguments'],
      [value, '--state is one of'],
    ] as const) {
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toContain(message);
      expect(result.stderr).toContain('Usage: signalbox');
    }
    expect(existsSync(dataDir)).toBe(false);
  });

  it('ends with 78 and the line that names the variable where the configuration is wrong', async () => {
    const SIGNALBOX_DATA_DIR = join(folder, 'bad');
    const url = 'postgres://127.0.0.1:9/nowhere';
    expectRefusal(await cliWith({ SIGNALBOX_DATA_DIR, PORT: 'x' })('jobs', 'list'), 78, /^PORT: /);
    expectRefusal(await cliWith({ SIGNALBOX_DATA_DIR, PORT: 'x' })('config'), 78, /^PORT: /);
    expectRefusal(await cliWith({ DATABASE_URL: url })('token', 'ann'), 78, /^SIGNALBOX_SECRET is required/);
    expectRefusal(
      await cliWith({ DATABASE_URL: url })('db', 'query', 'select 1'),
      78,
      /^SIGNALBOX_SECRET is required/,
    );
    const nobodyThere = await cliWith({ DATABASE_URL: url, SIGNALBOX_SECRET: SECRET })(
      'db',
      'query',
      'select 1',
    );
    expectRefusal(nobodyThere, 1, /^The database does not answer/);
  });

  it('prints the configuration without secrets, and the example file', async () => {
    const cli = cliWith({
      PORT: '1234',
      DATABASE_URL: 'postgres://me:hidden@127.0.0.1/db',
      SIGNALBOX_SECRET: SECRET,
    });
    const { code, stdout } = await cli('config');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PORT +1234 +environment +port of the API/m);
    expect(stdout).toMatch(/^HOST +127\.0\.0\.1 +default/m);
    expect(stdout).not.toMatch(new RegExp(`hidden|${SECRET}`));
    const json = JSON.parse((await cli('config', '--json')).stdout) as { name: string; value: string }[];
    expect(json.find(({ name }) => name === 'PORT')).toMatchObject({ value: '1234', source: 'environment' });
    expect((await cli('env-example')).stdout).toBe(readFileSync('.env.example', 'utf8'));
  });
});

describe('migrate create', () => {
  it('writes the difference between the entities and the last migration', async () => {
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    for (const part of ['dist', 'package.json', 'migrations'])
      cpSync(part, join(copy, part), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
    const cli = cliWith({}, join(copy, 'dist/src/cli.js'));
    const upToDate = await cli('migrate', 'create');
    expect(upToDate.stdout).toMatch(/nothing to write/); // else the entities changed without a migration

    rmSync(join(copy, 'migrations'), { recursive: true });
    expectRefusal(await cli('migrate', 'create', '../x'), 1, /^The name of a migration/);
    const { stdout } = await cli('migrate', 'create', 'Initial');
    const file = /^wrote (migrations\/Migration\d{14}_Initial\.ts)$/m.exec(stdout)![1]!;
    expect(readFileSync(join(copy, file), 'utf8')).toContain('create table "user"');
    expect(readdirSync(join(copy, 'migrations'))).toContain('.snapshot.json');
  });
});

describe('where no server runs', () => {
  it('migrates the embedded database, makes a user, and leaves both to the server', async () => {
    const dataDir = join(folder, 'alone');
    const cli = cliWith({ SIGNALBOX_DATA_DIR: dataDir });
    expect((await cli('migrate', 'status')).stdout).toMatch(/^Migration\d+_\w+ +pending$/m);
    const made = await cli('createuser', 'Ann', '--email', 'ann@example.org', '--role', 'admin');
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^nickname: ann\npassword: \w{15,}\ntoken: [\w.-]+\n$/);
    expect(made.stderr).toContain('curl');
    expect((await cli('migrate', 'status')).stdout).not.toContain('pending');
    expectRefusal(await cli('createuser', 'ann'), 1, /^There is a user with this nickname/);
    expectRefusal(await cli('db', 'connect', '--url'), 1, /start the server/);

    const port = String(await freePort());
    const server = await CompiledServer.start({
      SIGNALBOX_DATA_DIR: dataDir,
      PORT: port,
      LOG_LEVEL: 'fatal',
    });
    try {
      const signedIn = await send(`${server.url}/api/v1.0/tokens`, signIn('ann', valueOf('password', made)));
      expect(signedIn.status).toBe(200);
      const users = await send(`${server.url}/api/v1.0/users`, { token: valueOf('token', made) });
      expect(await users.json()).toMatchObject({ users: [{ nickname: 'ann' }] });
      const file = join(folder, 'openapi.json');
      expect(await cli('openapi', '--out', file)).toMatchObject({ code: 0, stdout: '' });
      const served = await send(`${server.url}/api/spec`, {});
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(await served.json());
    } finally {
      await server.stop();
    }
  });

  it('waits for a server that is just starting', async () => {
    const env = {
      SIGNALBOX_DATA_DIR: join(folder, 'starting'),
      PORT: String(await freePort()),
      LOG_LEVEL: 'fatal',
    };
    const starting = CompiledServer.start(env);
    for (let tries = 0; tries < 500 && !existsSync(join(env.SIGNALBOX_DATA_DIR, 'holder.json')); tries++)
      await sleep(20);
    const [server, made] = await Promise.all([starting, cliWith(env)('createuser', 'ann')]);
    try {
      expect(made).toMatchObject({ code: 0 });
      expect((await send(`${server.url}/api/v1.0/users`, { token: valueOf('token', made) })).status).toBe(
        200,
      );
    } finally {
      await server.stop();
    }
  });
});

describe('openapi --check', () => {
  it('fails on a file that is stale or missing', async () => {
    const cli = cliWith({ SIGNALBOX_DATA_DIR: join(folder, 'none') });
    const file = join(folder, 'checked.json');
    const document = await cli('openapi');
    writeFileSync(file, document.stdout);
    expect(await cli('openapi', '--check', file)).toMatchObject({ code: 0, stdout: '' });
    writeFileSync(file, document.stdout.replace('Signalbox', 'Signalbux'));
    expectRefusal(await cli('openapi', '--check', file), 1, /checked\.json is not what the program serves/);
    expectRefusal(await cli('openapi', '--check', join(folder, 'no.json')), 1, /no such file/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

/** What works beside a running server, whatever the database. */
function besideServer(database: () => Promise<Record<string, string>>): void {
  let app: TestApp;
  let cli: (...args: string[]) => Promise<CliResult>;

  beforeAll(async () => {
    const env = await database();
    app = await startApp(env);
    cli = cliWith({ SIGNALBOX_DATA_DIR: app.dataDir, ...env });
  });
  afterAll(() => app?.close());

  it('makes a user who can sign in, and ends his password and tokens with a new one', async () => {
    const made = await cli('createuser', 'bob');
    const password = valueOf('password', made);
    const token = valueOf('token', made);
    expect((await app.request('/api/v1.0/users', { token })).status).toBe(200);
    expect((await app.request('/api/v1.0/tokens', signIn('bob', password))).status).toBe(200);

    const reset = await cli('resetuser', 'bob');
    expect(await statusSoon(401, () => app.request('/api/v1.0/users', { token }))).toBe(401);
    expect((await app.request('/api/v1.0/tokens', signIn('bob', password))).status).toBe(401);
    expect((await app.request('/api/v1.0/tokens', signIn('bob', valueOf('password', reset)))).status).toBe(
      200,
    );
  });

  it('defines a role and grants it', async () => {
    await cli('createuser', 'clerk');
    const token = (await cli('token', 'clerk', '--expiration', '3600')).stdout.trim();
    const rolesOfAdmin = () => app.request('/api/v1.0/users/1/roles', { token });
    expect((await rolesOfAdmin()).status).toBe(403);
    const made = await cli('createrole', 'registrar', '--permission', 'roles.manage', 'users.manage');
    expect(made).toMatchObject({ code: 0, stdout: 'made the role registrar: roles.manage, users.manage\n' });
    expect(await cli('grant', 'clerk', 'registrar')).toMatchObject({ code: 0 });
    expect(await statusSoon(200, rolesOfAdmin)).toBe(200);
  });

  it('refuses in one line what cannot be', async () => {
    expectRefusal(await cli('createuser', 'b ob'), 1, /^A nickname has/);
    expectRefusal(await cli('createuser', 'admin'), 1, /^There is a user with this nickname/);
    expectRefusal(await cli('createuser', 'carl', '--role', 'admn'), 1, /^There is no role admn/);
    expectRefusal(await cli('grant', 'carl', 'admin'), 1, /^There is no such user/); // nothing was made of him
    expectRefusal(
      await cli('createrole', 'x', '--permission', 'orders.eat'),
      1,
      /no such permissions: orders\.eat/,
    );
    expectRefusal(
      await cli('token', 'admin', '--expiration', 'soon'),
      1,
      /^The expiration is a whole number/,
    );
    expectRefusal(await cli('jobs', 'show', 'nonsense'), 1, /^There is no job nonsense/);
  });

  it('shows, cancels and repeats jobs', async () => {
    const runAt = new Date(Date.now() + 3_600_000);
    const id = await app.app.get(JobsService).enqueue(PRUNE_JOBS, {}, { runAt });
    const listed = await cli('jobs', 'list', '--state', 'queued', '--kind', PRUNE_JOBS.name);
    expect(listed.stdout).toMatch(new RegExp(`^${id} +jobs\\.prune +queued`, 'm'));
    expect((await cli('jobs', 'cancel', id)).stdout).toBe(`job ${id} is cancelled\n`);
    expect(JSON.parse((await cli('jobs', 'show', id)).stdout)).toMatchObject({ id, state: 'cancelled' });
    expectRefusal(await cli('jobs', 'cancel', id), 1, /has ended already/);
    expect((await cli('jobs', 'retry', id)).stdout).toBe(`job ${id} is queued\n`);
    const status = () => app.request(`/api/v1.0/tasks/status/${id}`, { basic: ['admin', ADMIN_PASSWORD] });
    expect(await statusSoon(200, status)).toBe(200);
    const [line] = (await cli('jobs', 'list', '--limit', '1', '--json')).stdout.split('\n');
    expect(JSON.parse(line!)).toMatchObject({ id, state: 'succeeded' });
  });

  it('looks into the database and changes nothing', async () => {
    const rows = await cli('db', 'query', `select nickname from "user" where nickname = 'admin'`);
    expect(rows).toMatchObject({ code: 0, stdout: '{"nickname":"admin"}\n' });
    expectRefusal(await cli('db', 'query', 'delete from "user"'), 1, /read-only transaction/);
    expectRefusal(await cli('db', 'query', 'commit; delete from "user"'), 1, /multiple commands/);
    const url = (await cli('db', 'connect', '--url')).stdout.trim();
    expect(url).toMatch(/^postgres(ql)?:\/\//);
    const found = findBinary('psql') !== undefined;
    const connected = await cli('db', 'connect'); // psql ends at once: there is no input
    expect(connected).toMatchObject({ code: 0, stdout: found ? '' : `${url}\n` });
  });
}

describe('beside a server on the embedded database', () => {
  besideServer(async () => ({}));
});

(servicesFound('postgres') ? describe : describe.skip)('on PostgreSQL', () => {
  let postgres: PostgresServer;
  beforeAll(async () => (postgres = await PostgresServer.start()));
  afterAll(() => postgres?.stop());

  it('asks for the migrations, runs them when told, and knows its secret', async () => {
    const env = {
      DATABASE_URL: await postgres.createDatabase(),
      SIGNALBOX_DATA_DIR: join(folder, 'scaled-out'),
    };
    const cli = cliWith({ ...env, SIGNALBOX_SECRET: SECRET });
    expectRefusal(await cli('createuser', 'ann'), 1, /run `signalbox migrate up`/);
    expect((await cli('migrate', 'up')).stdout).toMatch(/^executed Migration/m);
    expect(await cli('migrate', 'up')).toMatchObject({ code: 0, stdout: 'nothing is pending\n' });
    expect(await cli('createuser', 'ann')).toMatchObject({ code: 0 });
    const other = cliWith({ ...env, SIGNALBOX_SECRET: `${SECRET} but another` });
    expectRefusal(await other('token', 'ann'), 78, /^SIGNALBOX_SECRET is not the secret/);
    for (let tries = 0; tries < 50 && (await cli('migrate', 'down')).stdout.startsWith('reverted'); tries++);
    expectRefusal(await cli('jobs', 'list'), 1, /run `signalbox migrate up`/);
  });

  besideServer(async () => ({
    DATABASE_URL: await postgres.createDatabase(),
    SIGNALBOX_SECRET: SECRET,
    JOBS_IN_API: 'true',
  }));
});
