import { decodeJwt } from 'jose';
import { RolesService, systemActor } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import type { TestApp, TestRequest } from './app.js';
import { register } from './packages.js';
import { jobOf, signUp } from './people.js';
import {
  authorize,
  authorized,
  type AuthorizedForm,
  type AuthorizedPut,
  described,
  formOf,
  put,
  queryOf,
} from './uploads.js';

/** A request that succeeds, once. */
export interface Deed extends TestRequest {
  readonly path: string;
}

/** Makes what the operation needs, and the request. */
export type Preparation = (world: World) => Promise<Deed> | Deed;

/** What requests are made of. */
export class World {
  private made = 0;

  constructor(
    readonly app: TestApp,
    readonly token: string,
  ) {}

  /** A number that was not given before. */
  next(): number {
    return ++this.made;
  }

  async user(): Promise<{ nickname: string; id: number; token: string; password: string }> {
    const nickname = `user${this.next()}`;
    return { nickname, ...(await signUp(this.app, nickname)) };
  }

  /** Sends a request as the admin; resolves with its answer, which must be a success. */
  async send<T>(path: string, options: TestRequest): Promise<T> {
    const answer = await this.app.request(path, { token: this.token, ...options });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** An API client of the admin, with its secret. */
  async client(): Promise<{ slug: string; client_id: string; client_secret: string }> {
    const slug = `client${this.next()}`;
    const { data } = await this.send<{ data: { client_id: string; client_secret: string } }>(
      `/api/client/${slug}`,
      { json: { title: 'A client' } },
    );
    return { slug, ...data };
  }

  async apiKey(): Promise<{ path: string; id: number }> {
    const path = '/api/v1.0/users/1/api-keys';
    const json = { name: `key ${this.next()}`, scopes: ['users.read'] };
    return { path, id: (await this.send<{ id: number }>(path, { json })).id };
  }

  async role(): Promise<string> {
    const name = `role${this.next()}`;
    await this.send('/api/v1.0/roles', { json: { name, permissions: ['orders.read'] } });
    return name;
  }

  async acl(): Promise<string> {
    const path = `/api/v1.0/users/${(await this.user()).id}/acls`;
    const json = { minions: 'web.*', functions: 'status.all' };
    return `${path}/${(await this.send<{ id: number }>(path, { json })).id}`;
  }

  async plan(): Promise<string> {
    const name = `plan${this.next()}`;
    await this.send(`/api/v1.0/plans/${name}`, { method: 'PUT', json: LIMITS });
    return name;
  }

  /** A service permission of everybody. */
  async grant(): Promise<string> {
    const path = `/api/v1.0/service-permissions/*/service${this.next()}`;
    await this.send(path, { method: 'PUT', json: { permissions: { upload: true } } });
    return path;
  }

  /** A private package of the admin; returns its id as it stands in a query. */
  async package(): Promise<string> {
    const { userid } = await this.send<{ userid: string }>('/api/v1.0/users/1', {});
    return encodeURIComponent(await register(this.app, userid, `package${this.next()}`));
  }

  /** The admin's own permission to upload a file to a dataset, or by a form. */
  async upload<T>(service: 'datastore' | 'rawstore', content: string): Promise<T> {
    const metadata = { owner: decodeJwt(this.token).sub!, name: `set${this.next()}` };
    const answer = await authorize(this.app, `/${service}/authorize`, this.token, metadata, {
      'data.csv': described(content),
    });
    return authorized<T>(answer);
  }

  /** Key of a file of the admin's. */
  async file(): Promise<string> {
    const upload = await this.upload<AuthorizedPut>('datastore', 'a');
    const stored = await put(upload, 'a');
    if (!stored.ok) throw new Error(`${stored.status} ${await stored.text()}`);
    return new URL(upload.upload_url).pathname.slice('/objects/'.length);
  }

  job(): Promise<string> {
    return jobOf(this.app, this.token);
  }

  async cancelledJob(): Promise<string> {
    const id = await this.job();
    await this.app.request(`/api/v1.0/jobs/${id}`, { method: 'DELETE', token: this.token });
    return id;
  }
}

/** A pipeline that packages may be handed to; nothing listens there. */
export const PIPELINE = 'http://127.0.0.1:9/pipeline';
const LIMITS = { max_private_storage_mb: 1, max_public_storage_mb: 2, max_dataset_num: 3 };
const ORDERS = '/acme_orders/api/v1';

function ordersFile(n: number): FormData {
  const form = new FormData();
  form.set(
    'csv_file',
    new Blob([`id|name|email|state|zipcode|birthday\n${n}|a|b@c.de|CA|1|Jan 1, 1980\n`]),
    'orders.csv',
  );
  return form;
}

/** A request for each operation that changes something. Whoever adds an operation adds a line, here or below. */
export const DEEDS: Readonly<Record<string, Preparation>> = {
  'DELETE /api/v1.0/jobs/{id}': async (world) => ({ path: `/api/v1.0/jobs/${await world.job()}` }),
  'POST /api/v1.0/jobs/{id}/retry': async (world) => ({
    path: `/api/v1.0/jobs/${await world.cancelledJob()}/retry`,
  }),
  'GET /user/authorize': async () => ({ path: '/user/authorize?service=os.datastore' }),
  'POST /api/v1.0/tokens': async (world) => {
    const { nickname, password } = await world.user();
    return { path: '/api/v1.0/tokens', basic: [nickname, password] };
  },
  'DELETE /api/v1.0/tokens': async (world) => ({
    path: '/api/v1.0/tokens',
    token: (await world.user()).token,
  }),
  'POST /api/v1.0/users/{id}/roles': async (world) => ({
    path: `/api/v1.0/users/${(await world.user()).id}/roles`,
    json: { name: 'admin' },
  }),
  'DELETE /api/v1.0/users/{id}/roles/{role}': async (world) => {
    const { id } = await world.user();
    const role = await world.app.app.get(RolesService).grant(systemActor(), id, 'clerk');
    return { path: `/api/v1.0/users/${id}/roles/${role}` };
  },
  'PUT /api/v1.0/users/{id}/roles/{role}': async (world) => {
    const { id } = await world.user();
    const role = await world.app.app.get(RolesService).grant(systemActor(), id, 'clerk');
    return { path: `/api/v1.0/users/${id}/roles/${role}`, json: { name: 'admin' } };
  },
  'POST /api/v1.0/tokens/refresh': async (world) => {
    const { nickname, password } = await world.user();
    const answer = await world.app.request('/api/v1.0/tokens?refresh=true', {
      method: 'POST',
      basic: [nickname, password],
    });
    const { refresh_token } = (await answer.json()) as { refresh_token: string };
    return { path: '/api/v1.0/tokens/refresh', json: { refresh_token } };
  },
  'DELETE /api/v1.0/users/{id}/tokens': async (world) => ({
    path: `/api/v1.0/users/${(await world.user()).id}/tokens`,
  }),
  'POST /api/v1.0/users': (world) => ({
    path: '/api/v1.0/users',
    json: { nickname: `made${world.next()}` },
  }),
  'PATCH /api/v1.0/users/{id}': async (world) => ({
    path: `/api/v1.0/users/${(await world.user()).id}`,
    json: { name: 'Ann' },
  }),
  'DELETE /api/v1.0/users/{id}': async (world) => ({ path: `/api/v1.0/users/${(await world.user()).id}` }),
  'POST /api/v1.0/users/{id}/password': async (world) => ({
    path: `/api/v1.0/users/${(await world.user()).id}/password`,
    json: {},
  }),
  'POST /user/update': async (world) => {
    const { id, token } = await world.user();
    await world.app.app
      .get(Database)
      .execute('update "user" set nickname_chosen = false where id = $1', [id]);
    return { path: `/user/update?username=chosen${world.next()}`, token };
  },
  'POST /api/v1.0/users/{id}/acls': async (world) => ({
    path: `/api/v1.0/users/${(await world.user()).id}/acls`,
    json: { minions: 'web.*', functions: 'status.all' },
  }),
  'PUT /api/v1.0/users/{id}/acls/{acl}': async (world) => ({
    path: await world.acl(),
    json: { functions: 'test.ping' },
  }),
  'DELETE /api/v1.0/users/{id}/acls/{acl}': async (world) => ({ path: await world.acl() }),
  'POST /api/v1.0/roles': (world) => ({
    path: '/api/v1.0/roles',
    json: { name: `role${world.next()}`, permissions: ['orders.read'] },
  }),
  'PUT /api/v1.0/roles/{name}': async (world) => ({
    path: `/api/v1.0/roles/${await world.role()}`,
    json: { permissions: ['orders.import'] },
  }),
  'DELETE /api/v1.0/roles/{name}': async (world) => ({ path: `/api/v1.0/roles/${await world.role()}` }),
  'PUT /api/v1.0/plans/{name}': (world) => ({ path: `/api/v1.0/plans/plan${world.next()}`, json: LIMITS }),
  'DELETE /api/v1.0/plans/{name}': async (world) => ({ path: `/api/v1.0/plans/${await world.plan()}` }),
  'PUT /api/v1.0/users/{id}/plan': async (world) => ({
    path: `/api/v1.0/users/${(await world.user()).id}/plan`,
    json: { plan: await world.plan() },
  }),
  'PUT /api/v1.0/service-permissions/{userid}/{service}': (world) => ({
    path: `/api/v1.0/service-permissions/*/service${world.next()}`,
    json: { permissions: { upload: true } },
  }),
  'DELETE /api/v1.0/service-permissions/{userid}/{service}': async (world) => ({ path: await world.grant() }),
  'POST /api/v1.0/users/{id}/api-keys': (world) => ({
    path: '/api/v1.0/users/1/api-keys',
    json: { name: `key ${world.next()}`, scopes: ['users.read'] },
  }),
  'DELETE /api/v1.0/users/{id}/api-keys/{key}': async (world) => {
    const { path, id } = await world.apiKey();
    return { path: `${path}/${id}` };
  },
  'POST /api/authorize': async (world) => {
    const { client_id, client_secret } = await world.client();
    return { path: '/api/authorize', json: { client_id, client_secret } };
  },
  'POST /api/client/{slug}': (world) => ({
    path: `/api/client/client${world.next()}`,
    json: { title: 'A client' },
  }),
  'PUT /api/client/{slug}': async (world) => ({
    path: `/api/client/${(await world.client()).slug}`,
    json: { title: 'Another title' },
  }),
  'POST /api/client/{slug}/secret': async (world) => ({
    path: `/api/client/${(await world.client()).slug}/secret`,
  }),
  'DELETE /api/client/{slug}': async (world) => ({ path: `/api/client/${(await world.client()).slug}` }),
  [`PUT ${ORDERS}/orders/import`]: (world) => ({
    path: `${ORDERS}/orders/import`,
    body: ordersFile(world.next()),
  }),
  [`DELETE ${ORDERS}/orders/import/{taskId}`]: async (world) => ({
    path: `${ORDERS}/orders/import/${await world.job()}`,
  }),
  [`POST ${ORDERS}/orders/import/{taskId}/resume`]: async (world) => ({
    path: `${ORDERS}/orders/import/${await world.cancelledJob()}/resume`,
  }),
  [`POST ${ORDERS}/orders/revalidate`]: () => ({ path: `${ORDERS}/orders/revalidate` }),
  [`PUT ${ORDERS}/rules`]: (world) => ({
    path: `${ORDERS}/rules`,
    json: { parameters: { allowed_age: { age: 20 + (world.next() % 60) } } },
  }),
  [`POST ${ORDERS}/rules/{version}/restore`]: async (world) => {
    await world.app.request(`${ORDERS}/rules`, {
      method: 'PUT',
      token: world.token,
      json: { parameters: { allowed_age: { age: 20 + (world.next() % 60) } } },
    });
    return { path: `${ORDERS}/rules/0/restore` };
  },
  'POST /hooks/load/api': (world) => ({
    path: `/hooks/load/api?datapackage=https://packages.invalid/${world.next()}/datapackage.json`,
  }),
  'POST /package/publish': async (world) => ({
    path: `/package/publish?publish=true&id=${await world.package()}`,
  }),
  'POST /package/delete': async (world) => ({ path: `/package/delete?id=${await world.package()}` }),
  'POST /package/update_params': async (world) => ({
    path: `/package/update_params?id=${await world.package()}`,
    json: { params: 'lang=en' },
  }),
  'POST /package/run-hooks': async (world) => ({
    path: `/package/run-hooks?pipeline=${encodeURIComponent(PIPELINE)}&id=${await world.package()}`,
  }),
  'POST /datastore/authorize': (world) => ({
    path: '/datastore/authorize',
    json: {
      metadata: { owner: decodeJwt(world.token).sub, name: `set${world.next()}` },
      filedata: { 'data.csv': described('a') },
    },
  }),
  'POST /rawstore/authorize': (world) => ({
    path: '/rawstore/authorize',
    json: {
      metadata: { owner: decodeJwt(world.token).sub },
      filedata: { 'data.csv': described(`file ${world.next()}`) },
    },
  }),
  'DELETE /datastore/files': async (world) => ({
    path: `/datastore/files?key=${encodeURIComponent(await world.file())}`,
  }),
  'PUT /objects/{path}': async (world) => {
    const upload = await world.upload<AuthorizedPut>('datastore', 'a');
    return {
      path: `${new URL(upload.upload_url).pathname}?${queryOf(upload)}`,
      headers: { 'content-md5': upload.md5 },
      body: Buffer.from('a'),
    };
  },
  'POST /objects': async (world) => {
    const content = `file ${world.next()}`;
    const upload = await world.upload<AuthorizedForm>('rawstore', content);
    return { path: '/objects', body: formOf(upload, content) };
  },
};
