import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_PASSWORD, send, type TestRequest } from '../../support/app.js';
import { freePort } from '../../support/binaries.js';
import { cliWith, valueOf } from '../../support/cli.js';
import { CompiledServer } from '../../support/compiled-server.js';
import { PackageClient } from '../../support/package-client.js';
import { form, IMPORT, ORDER_HEADER, ORDERS } from '../../support/orders-client.js';
import { ApiDocument, type Operation, type WrittenDocument } from './document.js';
import type { World } from './drafts.js';
import { bytesOf, type Caller, percent, type Written } from './request.js';
import { type Answer, exchange } from './wire.js';

/** Small, so that what is too large need not be large. */
const LIMITS = { BODY_LIMIT: '65536', UPLOAD_LIMIT: '262144' };
/** Stands for an import that has just begun. */
const FRESH = '{fresh}';
/** What ends an account, or what its user signs in with. */
const END_OF_USER = /^(DELETE|PATCH) \/api\/v1\.0\/users\/\{id\}$|\/users\/\{id\}\/(password|tokens)$/;
/** Things of each kind that requests may take away. */
const SPARES = 15;
const spares = (kind: string) => Array.from({ length: SPARES }, (_, index) => `spare-${kind}-${index}`);
/** The first user of an installation. */
const FIRST_USER = '1';

/**
 * A server to send anything to. The compiled program, because only that has the whole document. Its first user, the
 * keeper, never appears in a request under test: he gives out tokens and puts right what such requests took away.
 */
export class FuzzedServer {
  private readonly passwords = new Map<Caller, [name: string, password: string]>();
  private readonly tokens = new Map<Caller, string>();
  private readonly ids = {
    jobs: [] as string[],
    imports: [] as string[],
    failed: [] as string[],
    revalidations: [] as string[],
    roles: ['1', '2', '3'],
    spareUsers: [] as string[],
    keys: [] as string[],
    acls: [] as string[],
    packages: [] as string[],
    descriptors: [] as string[],
  };
  private userId = '';
  private adminId = '';

  private constructor(
    private readonly server: CompiledServer,
    private readonly dataDir: string,
    private readonly keeper: string,
    readonly document: ApiDocument,
  ) {}

  static async start(): Promise<FuzzedServer> {
    const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-fuzz-'));
    const env = {
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
      PORT: String(await freePort()),
      LOG_LEVEL: 'error',
      LOG_FORMAT: 'json',
      ...LIMITS,
    };
    const server = await CompiledServer.start(env);
    const json = async <T>(path: string, options: TestRequest): Promise<T> =>
      (await (await send(server.url + path, options)).json()) as T;
    const { token: keeper } = await json<{ token: string }>('/api/v1.0/tokens?expiration=86400', {
      method: 'POST',
      basic: ['admin', ADMIN_PASSWORD],
    });
    const document = new ApiDocument(await json<WrittenDocument>('/api/spec', {}));
    const fuzzed = new FuzzedServer(server, dataDir, keeper, document);
    const cli = cliWith(env);
    const made = {
      admin: await cli('createuser', 'fuzz-admin', '--role', 'admin'),
      user: await cli('createuser', 'fuzz-user'),
    };
    for (const caller of ['admin', 'user'] as const) {
      fuzzed.passwords.set(caller, [`fuzz-${caller}`, valueOf('password', made[caller])]);
      await fuzzed.renew(caller);
    }
    const { users } = await json<{ users: { id: number; nickname: string }[] }>('/api/v1.0/users', {
      token: keeper,
    });
    fuzzed.adminId = String(users.find(({ nickname }) => nickname === 'fuzz-admin')!.id);
    fuzzed.userId = String(users.find(({ nickname }) => nickname === 'fuzz-user')!.id);
    await fuzzed.fill();
    return fuzzed;
  }

  /** Everything that the program has said of errors. */
  get printed(): string {
    return this.server.printed;
  }

  get url(): string {
    return this.server.url;
  }

  async close(): Promise<void> {
    await this.server.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Values that mean something here. */
  readonly world: World = ({ path, method }, parameter) => {
    const isTask = parameter === 'taskId' || /\/(jobs|tasks)\/.*\{id\}/.test(path);
    if (isTask && method === 'DELETE') return this.ids.jobs.flatMap((id) => [id, FRESH]);
    if (isTask && method === 'POST') return [...this.ids.failed, ...this.ids.jobs];
    const isGrant = method === 'POST' && path.endsWith('/users/{id}/roles');
    const users =
      isGrant || END_OF_USER.test(`${method} ${path}`)
        ? this.ids.spareUsers
        : [this.userId, this.userId, this.adminId, FIRST_USER];
    const orders = Array.from({ length: 12 }, (_, id) => String(id));
    switch (parameter) {
      case 'id':
        if (/\/jobs|\/tasks/.test(path)) return this.ids.jobs;
        if (path.startsWith('/package')) return this.ids.packages;
        return path.startsWith('/api/v1.0/users') ? users : orders;
      case 'datapackage':
        return this.ids.descriptors;
      case 'resource':
        return ['table'];
      case 'path':
        return path.startsWith('/package') ? ['datapackage.json'] : [];
      case 'filter':
        return ['amount>1', 'name~a', 'name='];
      case 'role':
        return this.ids.roles;
      case 'key':
        return this.ids.keys;
      case 'acl':
        return this.ids.acls;
      case 'slug':
        return spares('client');
      case 'name':
        return path.includes('/plans') ? spares('plan') : spares('role');
      case 'userid':
        return ['*'];
      case 'service':
        return spares('service');
      case 'taskId':
      case 'task_id':
      case 'import':
        return this.ids.imports;
      case 'jobId':
        return this.ids.revalidations;
      case 'version':
        return ['0', '1', '2'];
      case 'limit':
        return ['0', '1', '2', '50'];
      case 'after':
        return ['0', '3', ...this.ids.imports];
      case 'expiration':
        return ['60', '3600'];
      case 'map':
        return ['Customer:name', 'Customer:name,Born:birthday,Colour:-'];
      case 'rule':
        return ['allowed_age', 'zipcode_sum,zipcode_length'];
      case 'q':
        return ['mi', '5', '%', '_'];
      default:
        return [];
    }
  };

  /**
   * Whether a request would take a role from the keeper, their accounts from those who ask, or make an admin of the user
   * among them, for whom requests are sent at the same time. Who manages users may do that; it would end the run.
   */
  wouldLockOut({ method, target, body }: Written): boolean {
    const found = this.document.find(method, target);
    if (!found) return false;
    const { params, operation } = found;
    const id = params['id'] ?? '';
    if (END_OF_USER.test(`${method} ${operation.path}`))
      return [FIRST_USER, this.adminId, this.userId].includes(id);
    if (operation.path.includes('/users/{id}/roles') && id === this.userId && /admin/i.test(String(body)))
      return true;
    return operation.path.endsWith('/roles/{role}') && method !== 'GET' && id === FIRST_USER;
  }

  /** Sends a request in the name of a caller, and puts right what it may have broken for the next one. */
  async send(asked: Written, caller: Caller): Promise<Answer> {
    const written = await this.withFresh(asked, caller);
    const { operation } = this.document.find(written.method, written.target) ?? {};
    const answer = await exchange(
      Number(new URL(this.url).port),
      bytesOf(written, this.authorization(caller, operation)),
      {
        head: written.method === 'HEAD',
        endsEarly: written.endsEarly === true,
      },
    );
    if (operation && answer.status < 300 && caller !== 'nobody') await this.repair(operation, caller);
    return answer;
  }

  /** Names a job that has just begun where the request asks for one: only such a job can be cancelled. */
  private async withFresh(written: Written, caller: Caller): Promise<Written> {
    const place = percent(FRESH);
    if (!written.target.includes(place)) return written;
    const id = await this.import(ORDER_HEADER + 'no order\n'.repeat(20_000), caller);
    return { ...written, target: written.target.replaceAll(place, id) };
  }

  /** Starts an import and returns the id of its task. */
  private async import(content: string, caller: Caller): Promise<string> {
    const body = form(['csv_file', 'orders.csv', content]);
    // By password: the token may be given back by another request at any time.
    const basic = this.passwords.get(caller);
    const credential = basic ? { basic, token: undefined } : {};
    const answer = await this.ask(`${IMPORT}?again=true`, { method: 'PUT', ...credential, body });
    return answer.headers.get('location')!.split('/').at(-1)!;
  }

  private async repair({ method, path }: Operation, caller: Caller): Promise<void> {
    if (method === 'DELETE' && path.endsWith('/tokens')) await this.renew(caller);
    if (!path.includes('/roles') || method === 'GET') return;
    await this.ask(`/api/v1.0/users/${this.adminId}/roles`, { json: { name: 'admin' } });
    const roles = await this.ask(`/api/v1.0/users/${this.userId}/roles`, {});
    for (const { id, name } of (await roles.json()) as { id: number; name: string }[])
      if (name === 'admin')
        await this.ask(`/api/v1.0/users/${this.userId}/roles/${id}`, { method: 'DELETE' });
  }

  /** Gives a caller a token that nobody has given back. */
  private async renew(caller: Caller): Promise<void> {
    const basic = this.passwords.get(caller)!;
    const made = await send(`${this.url}/api/v1.0/tokens?expiration=86400`, { method: 'POST', basic });
    this.tokens.set(caller, ((await made.json()) as { token: string }).token);
  }

  /** What a caller shows: a token, but for getting a token, which is for passwords only. */
  private authorization(caller: Caller, operation: Operation | undefined): string | undefined {
    if (caller === 'nobody') return undefined;
    if (operation?.path !== '/api/v1.0/tokens' || operation.method !== 'POST')
      return `Bearer ${this.tokens.get(caller)}`;
    return `Basic ${Buffer.from(this.passwords.get(caller)!.join(':')).toString('base64')}`;
  }

  private ask(path: string, options: TestRequest): Promise<Response> {
    return send(this.url + path, { token: this.keeper, ...options });
  }

  /** Orders, imports that succeeded, failed and were cancelled, judging again, a change of the rules. */
  private async fill(): Promise<void> {
    const orders = Array.from(
      { length: 10 },
      (_, id) => `${id + 1}|Mia ${id}|mia${id}@example.com|NY|1000${id % 9}|Feb 27, 1963`,
    );
    for (const caller of ['admin', 'user'] as const) {
      const good = await this.import(ORDER_HEADER + orders.join('\n'), caller);
      const partly = await this.import(`${ORDER_HEADER}1|2\nx|y\n`, caller);
      const failed = await this.import('who|what\n1|2\n', caller);
      this.ids.imports.push(good, partly, failed);
      this.ids.failed.push(failed);
    }
    for (let role = 0; role < 20; role++) {
      const made = await this.ask(`/api/v1.0/users/${this.userId}/roles`, {
        json: { name: `spare-${role}` },
      });
      this.ids.roles.push(String(((await made.json()) as { id: number }).id));
    }
    await this.fillIdentity();
    await this.fillPackages();
    for (const parameters of ['', '?dry_run=true']) {
      const answer = await this.ask(`${ORDERS}/revalidate${parameters}`, { method: 'POST' });
      const { result } = (await answer.json()) as { result: { job_id?: string } };
      if (result.job_id !== undefined) this.ids.revalidations.push(result.job_id);
      await sleep(500);
    }
    this.ids.jobs.push(...this.ids.imports, ...this.ids.revalidations);
    await this.ask('/acme_orders/api/v1/rules', {
      method: 'PUT',
      json: { parameters: { allowed_age: { age: 18 } } },
    });
  }

  /** Packages that everybody may read. */
  private async fillPackages(): Promise<void> {
    const basic = this.passwords.get('user')!;
    const server = { request: (path: string, options: TestRequest = {}) => send(this.url + path, options) };
    const answer = await server.request('/user/authorize?service=os.datastore', { basic });
    const { token: datastore, userid } = (await answer.json()) as { token: string; userid: string };
    const client = new PackageClient(server, { userid, datastore, token: this.tokens.get('user')! });
    for (const name of spares('package').slice(0, 3)) {
      const fields = [{ name: 'name' }, { name: 'amount', type: 'number' }];
      const data = [
        { name: 'Mia', amount: 1 },
        { name: 'Zoë', amount: 2.5 },
      ];
      const descriptor = { name, resources: [{ name: 'table', data, schema: { fields } }] };
      const address = await client.upload(name, { 'datapackage.json': JSON.stringify(descriptor) });
      await client.begin(address);
      const { status, error } = await client.ended(address);
      if (status !== 'done') throw new Error(error);
      const query = new URLSearchParams({
        id: `${userid}:${name}`,
        publish: 'true',
        jwt: datastore,
      }).toString();
      await server.request(`/package/publish?${query}`, { method: 'POST' });
      this.ids.descriptors.push(address);
      this.ids.packages.push(`${userid}:${name}`);
    }
  }

  /** Users, keys, clients, roles, plans, ACLs and service permissions that nobody needs. */
  private async fillIdentity(): Promise<void> {
    const idOf = async (path: string, options: TestRequest): Promise<string> => {
      const answer = await this.ask(path, options);
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return String(((await answer.json()) as { id?: number }).id);
    };
    const limits = { max_private_storage_mb: 1, max_public_storage_mb: 1, max_dataset_num: 1 };
    const basic = this.passwords.get('user')!;
    const user = `/api/v1.0/users/${this.userId}`;
    for (const name of ['default', ...spares('plan')])
      await idOf(`/api/v1.0/plans/${name}`, { method: 'PUT', json: limits });
    for (let index = 0; index < SPARES; index++) {
      const spare = (kind: string) => spares(kind)[index]!;
      this.ids.spareUsers.push(await idOf('/api/v1.0/users', { json: { nickname: spare('user') } }));
      const key = { name: spare('key'), scopes: ['users.read'] };
      this.ids.keys.push(await idOf(`${user}/api-keys`, { basic, token: undefined, json: key }));
      const acl = { minions: spare('machine'), functions: 'test.ping' };
      this.ids.acls.push(await idOf(`${user}/acls`, { json: acl }));
      await idOf(`/api/client/${spare('client')}`, { json: { title: 'Spare' } });
      await idOf('/api/v1.0/roles', { json: { name: spare('role'), permissions: ['orders.read'] } });
      await idOf(`/api/v1.0/service-permissions/*/${spare('service')}`, {
        method: 'PUT',
        json: { permissions: { upload: true } },
      });
    }
  }
}
