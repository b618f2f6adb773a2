import { systemActor } from '../../src/identity/system-actor.js';
import { UsersService } from '../../src/identity/users/users.service.js';
import type { TestApp } from './app.js';

/** Makes a user with the given roles and signs in. */
export async function signUp(
  app: TestApp,
  nickname: string,
  roles: string[] = [],
): Promise<{ token: string; password: string; id: number }> {
  const { user, password } = await app.app.get(UsersService).createUser(systemActor(), nickname, { roles });
  const response = await app.request('/api/v1.0/tokens?expiration=3600', {
    method: 'POST',
    basic: [nickname, password],
  });
  return { token: ((await response.json()) as { token: string }).token, password, id: user.id };
}

/** Starts a small import for the token's user and returns the id of its job. */
export async function jobOf(app: TestApp, token: string): Promise<string> {
  const form = new FormData();
  form.set('csv_file', new Blob(['id|name|email|state|zipcode|birthday\n']), 'orders.csv');
  const response = await app.request('/acme_orders/api/v1/orders/import', {
    method: 'PUT',
    token,
    body: form,
  });
  if (!response.ok) throw new Error(`the import was refused: ${response.status} ${await response.text()}`);
  return response.headers.get('location')!.split('/').at(-1)!;
}
