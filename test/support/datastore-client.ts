import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestApp } from './app.js';

interface Authorised {
  readonly upload_url: string;
  readonly upload_query: Readonly<Record<string, string[]>>;
}

/** A client of the data store, as OpenSpending's are: it uploads the files of a package and has it loaded. */
export class DatastoreClient {
  /** @param token a permission token for `os.datastore` */
  constructor(
    private readonly app: TestApp,
    readonly token: string,
    readonly owner: string,
  ) {}

  /** Gets the permission token for a user token, as a client's first step. */
  static async of(app: TestApp, userToken: string): Promise<DatastoreClient> {
    const answer = await app.request('/user/authorize?service=os.datastore', { token: userToken });
    const { token, userid } = (await answer.json()) as { token: string; userid: string };
    return new DatastoreClient(app, token, userid);
  }

  /** Asks for the right to upload files. */
  authorize(dataset: string, files: Readonly<Record<string, Buffer>>): Promise<Response> {
    const filedata = Object.fromEntries(
      Object.entries(files).map(([path, content]) => [
        path,
        { name: path, length: content.length, md5: md5(content), type: 'text/plain' },
      ]),
    );
    const body = JSON.stringify({ metadata: { owner: this.owner, name: dataset }, filedata });
    return this.app.request('/datastore/', { method: 'POST', headers: { 'auth-token': this.token }, body });
  }

  /** Uploads files and returns the address of each, by its path. */
  async upload(dataset: string, files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const contents = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]),
    );
    const answer = await this.authorize(dataset, contents);
    if (answer.status !== 200) throw new Error(`authorize: ${answer.status} ${await answer.text()}`);
    const { filedata } = (await answer.json()) as { filedata: Record<string, Authorised> };
    const addresses = Object.entries(filedata).map(async ([path, { upload_url, upload_query }]) => {
      const query = queryOf(
        Object.fromEntries(
          Object.entries(upload_query).map(([name, [value]]): [string, string] => [name, value!]),
        ),
      );
      const sent = await fetch(`${upload_url}?${query}`, {
        method: 'PUT',
        headers: { 'content-md5': md5(contents[path]!), 'content-type': 'text/plain' },
        body: contents[path]!,
      });
      if (sent.status !== 200) throw new Error(`${path}: ${sent.status} ${await sent.text()}`);
      return [path, upload_url] as const;
    });
    return Object.fromEntries(await Promise.all(addresses));
  }

  /** Begins to load the package at an address. */
  async load(datapackage: string, path = '/package/upload'): Promise<Progress> {
    const query = queryOf({ datapackage, jwt: this.token });
    const answer = await this.app.request(`${path}?${query}`, { method: 'POST' });
    if (answer.status !== 200) throw new Error(`load: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Progress;
  }

  /** Asks how the load from an address is getting on, until it has ended. */
  async ended(datapackage: string): Promise<Progress> {
    for (let tries = 0; tries < 600; tries++) {
      const answer = await this.app.request(`/package/status?${queryOf({ datapackage })}`);
      if (answer.status !== 200) throw new Error(`status: ${answer.status} ${await answer.text()}`);
      const progress = (await answer.json()) as Progress;
      if (progress.status === 'done' || progress.status === 'fail') return progress;
      await sleep(50);
    }
    throw new Error('the load does not end');
  }

  /** Uploads a package and has it loaded; returns the end of the load. */
  async send(dataset: string, files: Readonly<Record<string, string>>): Promise<Progress> {
    const addresses = await this.upload(dataset, files);
    const datapackage = addresses['datapackage.json']!;
    await this.load(datapackage);
    return this.ended(datapackage);
  }
}

export interface Progress {
  readonly status: string;
  readonly progress: number;
  readonly error?: string;
}

/** The MD5 of a content, as `Content-MD5` has it. */
export function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('base64');
}

/** The query of an address. */
export function queryOf(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters).toString();
}
