import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { JobsService } from '../../src/jobs/index.js';
import { PRUNE_JOBS } from '../../src/jobs/prune-jobs.job.js';
import { Database } from '../../src/platform/database/database.js';
import { ADMIN_PASSWORD, startApp, type TestApp, type TestRequest } from '../support/app.js';
import { findBinary } from '../support/binaries.js';
import { type Cli, cliWith, expectRefusal, valueOf } from '../support/cli.js';
import { PostgresServer } from '../support/postgres.js';
import { describeWith } from '../support/services.js';

const SECRET = 'a secret of thirty-two characters or more';
/** A change that the CLI makes holds in a running server after a second; the rest is for a slow machine. */
const SOON_MS = 5_000;

jest.setTimeout(180_000); // every command is a process of its own

/** A running server, and the CLI on the same database. */
interface Beside {
  readonly app: TestApp;
  readonly cli: Cli;
}

async function startBeside(env: Record<string, string> = {}): Promise<Beside> {
  const app = await startApp(env);
  return { app, cli: cliWith({ SIGNALBOX_DATA_DIR: app.dataDir, ...env }) };
}

async function statusSoon(expected: number, ask: () => Promise<Response>): Promise<number> {
  const until = Date.now() + SOON_MS;
  for (;;) {
    const { status } = await ask();
    if (status === expected || Date.now() > until) return status;
    await sleep(100);
  }
}

function signIn(nickname: string, password: string): TestRequest {
  return { method: 'POST', basic: [nickname, password] };
}

/** What works whatever the database. */
function accountsAndJobs(beside: () => Beside): void {
  it('makes a user who can sign in, and ends his password and tokens with a new one', async () => {
    const { app, cli } = beside();
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

  it('shows, cancels and repeats jobs', async () => {
    const { app, cli } = beside();
    const runAt = new Date(Date.now() + 3_600_000);
    const id = await app.app.get(JobsService).enqueue(PRUNE_JOBS, {}, { runAt });
    const listed = await cli('jobs', 'list', '--state', 'queued', '--kind', PRUNE_JOBS.name);
    expect(listed.stdout).toMatch(new RegExp(`^${id} +jobs\\.prune +queued`, 'm'));
    expect((await cli('jobs', 'cancel', id)).stdout).toBe(`job ${id} is cancelled\n`);
    expect(JSON.parse((await cli('jobs', 'show', id)).stdout)).toMatchObject({ id, state: 'cancelled' });
    expectRefusal(await cli('jobs', 'cancel', id), 1, /has ended already/);
    expect((await cli('jobs', 'retry', id)).stdout).toBe(`job ${id} runs again\n`);
    const status = () => app.request(`/api/v1.0/tasks/status/${id}`, { basic: ['admin', ADMIN_PASSWORD] });
    expect(await statusSoon(200, status)).toBe(200);
    const [line] = (await cli('jobs', 'list', '--limit', '1', '--json')).stdout.split('\n');
    expect(JSON.parse(line!)).toMatchObject({ id, state: 'succeeded' });
  });
}

describe('beside a server on the embedded database', () => {
  let beside: Beside;
  beforeAll(async () => {
    beside = await startBeside();
  });
  afterAll(() => beside?.app.close());

  accountsAndJobs(() => beside);

  it('defines a role and grants it', async () => {
    const { app, cli } = beside;
    await cli('createuser', 'clerk');
    const token = (await cli('token', 'clerk', '--expiration', '3600')).stdout.trim();
    const rolesOfAdmin = () => app.request('/api/v1.0/users/1/roles', { token });
    expect((await rolesOfAdmin()).status).toBe(403);
    const made = await cli('createrole', 'registrar', '--permission', 'roles.manage', 'users.manage');
    expect(made).toMatchObject({
      code: 0,
      stdout: 'made the role registrar: roles.manage, users.manage\n',
    });
    expect(await cli('grant', 'clerk', 'registrar')).toMatchObject({ code: 0 });
    expect(await statusSoon(200, rolesOfAdmin)).toBe(200);
  });

  it('gives an ACL, and disables and enables a user', async () => {
    const { app, cli } = beside;
    const token = valueOf('token', await cli('createuser', 'dora'));
    expect(await cli('createacl', 'dora', 'web[0-9]+', 'state\\.sls')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^made the ACL \d+: dora may run state\\\.sls on web\[0-9\]\+\n$/),
    });
    const id = (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sub: string }).sub;
    const [{ acls } = { acls: 0 }] = await app.app
      .get(Database)
      .query<{ acls: number }>(
        'select count(*)::int as acls from acl a join "user" u on u.id = a.user_id where u.userid = $1',
        [id],
      );
    expect(acls).toBe(2); // with the one that everybody begins with
    const users = () => app.request('/api/v1.0/users', { token });
    expect((await users()).status).toBe(200);
    expect(await cli('disableuser', 'dora')).toMatchObject({ code: 0, stdout: 'disabled dora\n' });
    expect(await statusSoon(401, users)).toBe(401);
    expect(await cli('enableuser', 'dora')).toMatchObject({ code: 0, stdout: 'enabled dora\n' });
    const again = (await cli('token', 'dora')).stdout.trim();
    expect((await app.request('/api/v1.0/users', { token: again })).status).toBe(200);
  });

  it('refuses in one line what cannot be', async () => {
    const { cli } = beside;
    expectRefusal(await cli('createacl', 'admin', '*', 'x'), 1, /^minions has a \* with nothing before it/);
    expectRefusal(await cli('createacl', 'nobody', 'x', 'x'), 1, /^There is no such user/);
    expectRefusal(await cli('disableuser', 'admin'), 1, /^This is the last account/);
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

  it('looks into the database and changes nothing', async () => {
    const { cli } = beside;
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
});

describeWith('postgres')('on PostgreSQL', () => {
  let folder: string;
  let postgres: PostgresServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
    postgres = await PostgresServer.start();
  });
  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('asks for the migrations, runs them when told, and knows its secret', async () => {
    const env = {
      DATABASE_URL: await postgres.createDatabase(),
      SIGNALBOX_DATA_DIR: folder,
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

  describe('beside a server', () => {
    let beside: Beside;
    beforeAll(async () => {
      const DATABASE_URL = await postgres.createDatabase();
      beside = await startBeside({ DATABASE_URL, SIGNALBOX_SECRET: SECRET, JOBS_IN_API: 'true' });
    });
    afterAll(() => beside?.app.close());

    accountsAndJobs(() => beside);
  });
});
