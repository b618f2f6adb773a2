import { setTimeout as sleep } from 'node:timers/promises';
import type { TestApp } from './app.js';
import { store, type Uploader } from './uploads.js';

/** What the status routes answer. */
export interface Progress {
  readonly status: string;
  readonly progress: number;
  readonly error?: string;
}

type Files = Readonly<Record<string, string>>;

/** Uploads data packages and has them loaded, as OpenSpending's clients do. */
export class PackageClient {
  constructor(
    private readonly app: Pick<TestApp, 'request'>,
    readonly user: Uploader,
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
        await this.app.request(`/package/status?${queryText({ datapackage })}`),
      );
      if (progress.status === 'done' || progress.status === 'fail') return progress;
      await sleep(50);
    }
    throw new Error('the load does not end');
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
