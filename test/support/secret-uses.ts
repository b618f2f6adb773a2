import { send, type TestRequest } from './app.js';
import type { CompiledServer } from './compiled-server.js';

/** Secrets of the test's own making. Each is found by one search, wherever it got to. */
export const CANARIES = {
  adminPassword: 'canary-admin-password-7f1e',
  installation: 'canary-installation-secret-of-32-characters-90ab',
  provider: 'canary-secret-at-the-provider-b27d',
  typed: 'canary-typed-by-mistake-44d2',
  wrongPassword: 'canary-wrong-password-c31b',
  inBody: 'canary-in-a-body-5e88',
} as const;

/** A server that secrets are brought to. */
export interface Installation {
  readonly server: CompiledServer;
  readonly connectionString: string;
  /** Secrets that came into being, by their names. */
  readonly secrets: Map<string, string>;
  /** What the server answered that no secret may be in. */
  readonly answers: string[];
}

type Ask = (path: string, options?: TestRequest) => Promise<Response>;

const USERS = '/api/v1.0/users';
const JSON_TYPE = { 'content-type': 'application/json' };
/** Headers that bring secrets, or that people put them into. */
const HEADERS = [
  'auth-token',
  'api-key',
  'x-api-key',
  'cookie',
  'x-auth-token',
  'proxy-authorization',
  'user-agent',
  'referer',
];
/** Parameters of the same kind. */
const PARAMETERS = [
  'jwt',
  'token',
  'access_token',
  'password',
  'api_key',
  'apikey',
  'client_secret',
  'secret',
  'code',
  'state',
  'refresh_token',
];

/** Brings every secret to every place where it may be taken for something else, and notes what is answered. */
export async function useEverything(installation: Installation): Promise<void> {
  const { server, answers, secrets } = installation;
  const ask: Ask = async (path, options = {}) => {
    const response = await send(server.url + path, options);
    const headers = [...response.headers].map((header) => header.join(': ')).join('\n');
    const body = await response.clone().text();
    answers.push(`${options.method ?? 'GET'} -> ${response.status}\n${headers}\n${body}`);
    return response;
  };
  const give = async (path: string, options: TestRequest) =>
    (await (await send(server.url + path, { method: 'POST', ...options })).json()) as Record<string, unknown>;

  const tokenOf = async (name: string, password: string) =>
    (await give('/api/v1.0/tokens', { basic: [name, password] }))['token'] as string;
  const admin = await tokenOf('admin', CANARIES.adminPassword);
  const ann = await tokenOf('ann', secrets.get('password')!);
  secrets.set('token of the admin', signature(admin)).set('token of ann', signature(ann));
  secrets.set('token of the CLI', signature(secrets.get('token of the CLI')!));

  await misplace(ask, admin, ann, secrets.get('password')!);
  await signIn(installation, ask);
  await useLastingSecrets(secrets, ask, give, ann);
  await work(ask, ann);
}

/** Brings passwords and tokens, right and wrong ones, to all places of a request. */
async function misplace(ask: Ask, admin: string, ann: string, password: string): Promise<void> {
  await ask(USERS, { token: admin });
  await ask(USERS, { basic: ['ann', password] });
  await ask(USERS, { basic: ['ann', CANARIES.wrongPassword] });
  await ask(USERS, { basic: [CANARIES.typed, CANARIES.wrongPassword] });
  await ask(USERS, { basic: [password, 'ann'] });
  await ask(USERS, { token: `${ann}x` });
  await ask(USERS, { token: CANARIES.typed });
  await everywhere(ask, ann);
  for (const parameter of PARAMETERS) await ask(`/nowhere?x=1&${parameter}=${CANARIES.typed}`);
  await ask(USERS, { headers: { authorization: `Digest username="ann", response="${CANARIES.typed}"` } });
  await ask(USERS, { headers: { 'x-request-id': `${CANARIES.typed} is not an id` }, token: admin });
  await ask(`${USERS}?JWT=${ann}`);
  await ask(`${USERS}?j%77t=${ann}`);
  await ask(`${USERS}?x=1;jwt=${ann}`);
  for (const body of [
    `{"password":"${CANARIES.inBody}"`,
    `${CANARIES.inBody}`,
    `{"name":${CANARIES.inBody}}`,
    `{"name":"${CANARIES.inBody}" "x":1}`,
    `["${CANARIES.inBody}"]`,
    `{"${CANARIES.inBody}`,
    `{"name":"x","password":"${CANARIES.inBody}"}`,
    `{"__proto__":{"password":"${CANARIES.inBody}"}}`,
  ])
    await ask(`${USERS}/1/roles`, { method: 'POST', token: admin, headers: JSON_TYPE, body });
  await ask(`${USERS}/1/roles`, {
    method: 'POST',
    token: admin,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `password=${CANARIES.inBody}&jwt=${ann}`,
  });
  await ask(`/api/v1.0/tokens?expiration=${ann}`, {
    method: 'POST',
    basic: ['admin', CANARIES.adminPassword],
  });
  await ask(`${USERS}/${ann}`, { token: admin });
  await ask(`${USERS}/1/roles/${ann}?x=y`, { token: admin });
}

/** Brings a secret in each header and each parameter, to families that take it there and to others. */
async function everywhere(ask: Ask, secret: string): Promise<void> {
  for (const path of [USERS, '/user/check']) {
    for (const header of HEADERS)
      await ask(path, { headers: { [header]: header === 'cookie' ? `jwt=${secret}` : secret } });
    for (const authorization of [secret, `Bearer ${secret}`, `Token ${secret}`])
      await ask(path, { headers: { authorization } });
  }
  for (const parameter of PARAMETERS) {
    for (const path of [USERS, '/acme_orders/api/v1/orders', '/user/authorize', '/user/callback/github'])
      await ask(`${path}?${parameter}=${secret}`);
  }
}

/** API keys, client secrets, refresh tokens and permission tokens: used as they should be, misplaced, and taken back. */
async function useLastingSecrets(
  secrets: Map<string, string>,
  ask: Ask,
  give: (path: string, options: TestRequest) => Promise<Record<string, unknown>>,
  ann: string,
): Promise<void> {
  const all = await ask(USERS, { basic: ['admin', CANARIES.adminPassword] });
  const { users } = (await all.json()) as { users: { id: number; nickname: string }[] };
  const { id } = users.find(({ nickname }) => nickname === 'ann')!;
  const keys = `${USERS}/${id}/api-keys`;
  const made = await give(keys, { token: ann, json: { name: 'canary', scopes: ['orders.read'] } });
  const key = made['key'] as string;

  const client = '/api/client/canaries';
  const { client_secret: first } = (await give(client, { token: ann, json: { title: 'Canaries' } }))[
    'data'
  ] as Record<string, string>;
  const { client_id, client_secret: second } = (await give(`${client}/secret`, { token: ann }))[
    'data'
  ] as Record<string, string>;
  const jwt = (await give('/api/authorize', { json: { client_id, client_secret: second } }))['jwt'] as string;

  const basic: [string, string] = ['ann', secrets.get('password')!];
  const pair = await give('/api/v1.0/tokens?refresh=true', { basic });
  const [token, refresh] = [pair['token'] as string, pair['refresh_token'] as string];
  const next = await give('/api/v1.0/tokens/refresh', { json: { refresh_token: refresh } });

  const forService = await give('/user/authorize?service=os.datastore', { method: 'GET', token });
  const permissionToken = forService['token'] as string;
  secrets
    .set('API key', key)
    .set('client secret', first!)
    .set('second client secret', second!)
    .set('token of the client', signature(jwt))
    .set('refresh token', refresh)
    .set('second refresh token', next['refresh_token'] as string)
    .set('permission token', signature(permissionToken));

  for (const secret of [key, second!, jwt, refresh, permissionToken]) await everywhere(ask, secret);
  await ask('/acme_orders/api/v1/orders', { basic: ['ann', key] });
  await ask('/acme_orders/api/v1/orders', { basic: ['bob', key] });
  await ask('/api/authorize', { method: 'POST', json: { client_id, client_secret: first } });
  await ask('/api/authorize', { method: 'POST', json: { client_id: second, client_secret: client_id } });
  await ask('/api/authorize', { method: 'POST', json: { client_id, client_secret: [second] } });
  await ask(`${client}/${second!}`, { token: ann });
  await ask(`${keys}/${key}`, { token: ann });
  await ask(keys, { method: 'POST', token: ann, json: { name: key, scopes: [key] } });
  await ask(keys, { token: ann });
  await ask(client, { token: ann });
  // a refresh token that was used: its whole family ends
  await ask('/api/v1.0/tokens/refresh', { method: 'POST', json: { refresh_token: refresh } });
  await ask('/api/v1.0/tokens/refresh', { method: 'POST', json: { refresh_token: next['refresh_token'] } });
  await ask('/api/v1.0/audit', { basic: ['admin', CANARIES.adminPassword] });
  await give(keys, { token: ann, json: { name: 'short-lived', scopes: ['orders.read'] } });
  await ask(`${keys}/${String(made['id'])}`, { method: 'DELETE', token: ann });
  await ask('/acme_orders/api/v1/orders', { token: key });
}

/** A sign-in with a provider that cannot be reached when it is asked who came back. */
async function signIn({ server, secrets }: Installation, ask: Ask): Promise<void> {
  const begin = () => send(`${server.url}/user/login/github`, {});
  const begun = await begin();
  const cookie = begun.headers.get('set-cookie')!.split(';')[0]!;
  const state = new URL(begun.headers.get('location')!).searchParams.get('state')!;
  secrets.set('cookie of a sign-in', cookie.split('=')[1]!).set('state of a sign-in', state);
  const query = new URLSearchParams({ state, code: CANARIES.typed }).toString();
  await ask(`/user/callback/github?${query}`, { headers: { cookie } });
  await ask(`/user/callback/github?${query}`, { headers: { cookie } });
  await begin(); // which stays under way
}

/** What makes rows: an import, other rules, a token that is given back. */
async function work(ask: Ask, ann: string): Promise<void> {
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
    basic: ['admin', CANARIES.adminPassword],
    json: { note: 'stricter', parameters: { allowed_age: { age: 30 } } },
    headers: { 'idempotency-key': 'once' },
  });
  await ask('/api/v1.0/tokens', { method: 'DELETE', token: ann });
  await ask(USERS, { token: ann });
  await ask('/metrics');
  await ask('/health/ready', { token: ann });
}

function signature(token: string): string {
  return token.split('.')[2]!;
}
