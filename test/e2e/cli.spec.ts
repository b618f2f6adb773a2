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
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { send } from '../support/app.js';
import { freePort } from '../support/binaries.js';
import { cliWith, expectRefusal, valueOf } from '../support/cli.js';
import { CompiledServer } from '../support/compiled-server.js';

const SECRET = 'a secret of thirty-two characters or more';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

jest.setTimeout(180_000); // every command is a process of its own

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
  let copy: string;
  beforeAll(() => {
    copy = join(folder, 'copy');
    mkdirSync(copy);
    for (const part of ['dist', 'package.json', 'migrations'])
      cpSync(part, join(copy, part), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  });

  it('has nothing to write: the migrations make all that the entities have', async () => {
    const cli = cliWith({}, join(copy, 'dist/src/cli.js'));
    expect((await cli('migrate', 'create')).stdout).toMatch(/nothing to write/);
  });

  it('writes the first migration and the snapshot for the next one', async () => {
    const cli = cliWith({}, join(copy, 'dist/src/cli.js'));
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
    expect(await cli('migrate', 'status')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Migration\d+_\w+ +pending$/m),
      stderr: expect.any(String),
    });
    const made = await cli('createuser', 'Ann', '--email', 'ann@example.org', '--role', 'admin');
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^nickname: ann\npassword: \w{15,}\ntoken: [\w.-]+\n$/);
    expect(made.stderr).toContain('curl');
    expect((await cli('migrate', 'status')).stdout).not.toContain('pending');
    expectRefusal(await cli('createuser', 'ann'), 1, /^There is a user with this nickname/);
    const client = await cli(
      'createclient',
      'desk',
      '--owner',
      'ann',
      '--scope',
      'orders.read',
      'users.read',
    );
    expect(client.code).toBe(0);
    expect(client.stdout).toMatch(/^client_id: client-[0-9a-f]{24}\nclient_secret: sbc_[\w-]{43}\n$/);

    const port = String(await freePort());
    const server = await CompiledServer.start({
      SIGNALBOX_DATA_DIR: dataDir,
      PORT: port,
      LOG_LEVEL: 'fatal',
    });
    try {
      const signedIn = await send(`${server.url}/api/v1.0/tokens`, {
        method: 'POST',
        basic: ['ann', valueOf('password', made)],
      });
      expect(signedIn.status).toBe(200);
      const users = await send(`${server.url}/api/v1.0/users`, { token: valueOf('token', made) });
      expect(await users.json()).toMatchObject({ users: [{ nickname: 'ann' }] });
      const authorized = await send(`${server.url}/api/authorize`, {
        json: { client_id: valueOf('client_id', client), client_secret: valueOf('client_secret', client) },
      });
      const { jwt } = (await authorized.json()) as { jwt: string };
      expect((await send(`${server.url}/api/v1.0/users`, { token: jwt })).status).toBe(200);
      expect((await send(`${server.url}/api/client`, { token: jwt })).status).toBe(403);
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
