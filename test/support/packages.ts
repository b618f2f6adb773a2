import { PackageRegistry } from '../../src/packages/registry/package-registry.js';
import type { PackageContent } from '../../src/packages/registry/package-record.js';
import { Database } from '../../src/platform/database/database.js';
import type { TestApp } from './app.js';
import { signUp } from './people.js';

/** Somebody who has packages. */
export interface Owner {
  readonly userid: string;
  /** A user token. */
  readonly token: string;
  /** A permission token for `os.datastore`. */
  readonly permissionToken: string;
}

/** Makes a user and gets him the tokens that clients of the Conductor have. */
export async function ownerNamed(app: TestApp, nickname: string, roles: string[] = []): Promise<Owner> {
  const { token } = await signUp(app, nickname, roles);
  const answer = await app.request('/user/authorize?service=os.datastore', { token });
  const { userid, token: permissionToken } = (await answer.json()) as { userid: string; token: string };
  return { userid, token, permissionToken };
}

/** Registers a loaded package as the loader does; private as all are at first. Returns its id. */
export function register(
  app: TestApp,
  owner: string,
  name: string,
  content: Partial<PackageContent> = {},
): Promise<string> {
  return app.app.get(PackageRegistry).save({
    owner,
    name,
    descriptor: { name, title: `The ${name}` },
    model: null,
    originUrl: `https://data.example.org/${owner}/${name}/final/datapackage.json`,
    dataset: name,
    loadingStatus: 'done',
    loaded: true,
    countOfRows: 10,
    ...content,
  });
}

/** Makes a package public, or private. */
export async function setPrivate(app: TestApp, id: string, isPrivate: boolean): Promise<void> {
  await app.app.get(Database).execute('update package set private = $2 where id = $1', [id, isPrivate]);
}
