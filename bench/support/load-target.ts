import { createReadStream, openAsBlob } from 'node:fs';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { decodeJwt } from 'jose';
import { BenchServer, type WorkFigures } from './bench-server.js';

const DATASET = 'bench';
const NO_LIMITS = { max_private_storage_mb: 100_000, max_public_storage_mb: 100_000, max_dataset_num: 100 };

/** What is uploaded, and how it is described to the upload service. */
interface Upload {
  readonly content: Blob;
  readonly md5: string;
}

interface Authorized {
  readonly upload_url: string;
  readonly upload_query: Readonly<Record<string, readonly string[]>>;
}

interface LoadStatus {
  readonly status: string;
  readonly progress: number;
  readonly error?: string;
}

/** The program, which loads data packages. */
export class LoadTarget {
  private constructor(
    private readonly server: BenchServer,
    private readonly permission: string,
  ) {}

  static async start(url: string, dataDir: string): Promise<LoadTarget> {
    const server = await BenchServer.start(url, dataDir);
    await server.ask('/api/v1.0/plans/default', {
      ...{ method: 'PUT', body: JSON.stringify(NO_LIMITS), headers: { 'content-type': 'application/json' } },
    });
    const answer = await server.ask(`/user/authorize?service=os.datastore&jwt=${server.token}`);
    const { token } = (await answer.json()) as { token: string };
    return new LoadTarget(server, token);
  }

  /** Uploads a package of one file, by signed PUTs, and waits until it is loaded. */
  async load(descriptor: object, file: string, rows: number): Promise<WorkFigures> {
    const uploads = {
      'datapackage.json': await described(new Blob([JSON.stringify(descriptor)])),
      'data.csv': { content: await openAsBlob(file), md5: await md5Of(file) },
    };
    return this.server.measure(rows, async () => {
      const query = new URLSearchParams({ datapackage: await this.upload(uploads), jwt: this.permission });
      const begun = await this.server.ask(`/package/upload?${query.toString()}`, { method: 'POST' });
      if (begun.status !== 200) throw new Error(`the load answered ${begun.status}: ${await begun.text()}`);
      await this.server.poll<LoadStatus>(`/package/status?${query.toString()}`, (load) => {
        if (load.status === 'fail' || (load.status === 'done' && load.progress !== rows))
          throw new Error(`the load ended with ${load.progress} rows: ${load.error}`);
        return load.status === 'done';
      });
    });
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Returns the address of the descriptor. */
  private async upload(uploads: Readonly<Record<string, Upload>>): Promise<string> {
    const filedata = Object.fromEntries(
      Object.entries(uploads).map(([name, { content, md5 }]) => [name, { name, md5, length: content.size }]),
    );
    const metadata = { owner: decodeJwt(this.server.token).sub, name: DATASET };
    const answer = await this.server.ask(`/datastore/authorize?jwt=${this.permission}`, {
      method: 'POST',
      body: JSON.stringify({ metadata, filedata }),
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    const authorized = ((await answer.json()) as { filedata: Record<string, Authorized> }).filedata;
    for (const [name, { content, md5 }] of Object.entries(uploads)) {
      const { upload_url, upload_query } = authorized[name]!;
      const query = Object.entries(upload_query).map(([key, [value]]): [string, string] => [key, value!]);
      const stored = await fetch(`${upload_url}?${new URLSearchParams(query).toString()}`, {
        ...{ method: 'PUT', headers: { 'content-md5': md5 }, body: content },
      });
      if (stored.status !== 200) throw new Error(`the upload answered ${stored.status}`);
    }
    return authorized['datapackage.json']!.upload_url;
  }
}

async function described(content: Blob): Promise<Upload> {
  const md5 = createHash('md5').update(Buffer.from(await content.arrayBuffer()));
  return { content, md5: md5.digest('base64') };
}

async function md5Of(file: string): Promise<string> {
  const md5 = createHash('md5');
  await pipeline(createReadStream(file), md5);
  return md5.digest('base64');
}
