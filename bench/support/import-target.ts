import { openAsBlob } from 'node:fs';
import { BenchServer, type WorkFigures } from './bench-server.js';

const IMPORT = '/acme_orders/api/v1/orders/import';

interface ImportStatus {
  readonly result: { readonly status: string; readonly read: number; readonly message: string };
}

/** The program, which imports files of orders. */
export class ImportTarget {
  private constructor(private readonly server: BenchServer) {}

  static async start(url: string, dataDir: string): Promise<ImportTarget> {
    return new ImportTarget(await BenchServer.start(url, dataDir));
  }

  /** Uploads a file and waits until it is imported. */
  async import(file: string, rows: number): Promise<WorkFigures> {
    const body = new FormData();
    body.set('csv_file', await openAsBlob(file), 'orders.csv');
    return this.server.measure(rows, async () => {
      const answer = await this.server.ask(`${IMPORT}?again=true`, { method: 'PUT', body });
      if (answer.status !== 200) throw new Error(`the upload answered ${answer.status}`);
      await this.server.poll<ImportStatus>(answer.headers.get('location')!, ({ result }) => {
        if (result.status === 'FAILURE' || (result.status === 'SUCCESS' && result.read !== rows))
          throw new Error(`the import ended with ${result.read} rows: ${result.message}`);
        return result.status === 'SUCCESS';
      });
    });
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
