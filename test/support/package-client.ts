import { setTimeout as sleep } from 'node:timers/promises';
import { type Server, store, type Uploader } from './uploads.js';

/** What the status routes answer. */
export interface Progress {
  readonly status: string;
  readonly progress: number;
  readonly error?: string;
}

type Sender = Pick<Uploader, 'userid' | 'datastore' | 'token'>;
type Files = Readonly<Record<string, string | Buffer>>;

/** Uploads data packages and has them loaded, as OpenSpending's clients do. */
export class PackageClient<User extends Sender = Uploader> {
  constructor(
    private readonly app: Server,
    readonly user: User,
  ) {}

  /** Uploads files and returns the address of the descriptor among them. */
  async upload(dataset: string, files: Files): Promise<string> {
    const addresses = new Map<string, string>();
    for (const [path, content] of Object.entries(files))
      addresses.set(path, await store(this.app, this.user, dataset, path, content));
    return addresses.get('datapackage.json')!;
  }

  /** Begins to load the package at an address. */
  async begin(datapackage: string, path = '/package/upload'): Promise<Progress> {
    const query = queryText({ datapackage, jwt: this.user.datastore });
    return progressIn(await this.app.request(`${path}?${query}`, { method: 'POST' }));
  }

  /** Asks how the load from an address is getting on, until it has ended. */
  async ended(datapackage: string): Promise<Progress> {
    for (let tries = 0; tries < 600; tries++) {
      const progress = await progressIn(
        await this.app.request(`/package/status?${queryText({ datapackage, jwt: this.user.datastore })}`),
      );
      if (progress.status === 'done' || progress.status === 'fail') return progress;
      await sleep(50);
    }
    throw new Error('the load does not end');
  }

  /** Uploads a package of which only the resources matter and has it loaded; returns how that ended. */
  loadResources(name: string, resources: readonly object[], files: Files = {}): Promise<Progress> {
    return this.load(name, { ...files, 'datapackage.json': JSON.stringify({ name, resources }) });
  }

  /** The rows of a table of an own package, as text: numbers may have more digits than those of JavaScript. */
  async rows(name: string, resource: string, query: Readonly<Record<string, string>> = {}): Promise<string> {
    const path = `/package/${this.user.userid}:${encodeURIComponent(name)}/data/${encodeURIComponent(resource)}`;
    const answer = await this.app.request(`${path}?${queryText(query)}`, { token: this.user.token });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.text();
  }

  /** Uploads a package and has it loaded; returns how that ended. */
  async load(dataset: string, files: Files): Promise<Progress> {
    const datapackage = await this.upload(dataset, files);
    await this.begin(datapackage);
    return this.ended(datapackage);
  }
}

/** The query of an address. */
export function queryText(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters).toString();
}

async function progressIn(answer: Response): Promise<Progress> {
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Progress;
}
