/**
 * Runs PGlite, PostgreSQL in WASM, away from the event loop: a 240 ms query would block it for 240 ms.
 * Plain imports only: this file is loaded by the worker thread as it is, compiled or not.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const { dataDir, path, host, port } = workerData as {
  dataDir: string;
  path?: string;
  host?: string;
  port?: number;
};

const db = await PGlite.create({ dataDir });
const server = new PGLiteSocketServer({
  db,
  ...(path === undefined ? { host, port } : { path }),
  maxConnections: 64,
});
await server.start();
parentPort?.postMessage({ listening: server.getServerConn() });

parentPort?.on('message', (message) => {
  if (message !== 'close') return;
  void (async () => {
    await server.stop();
    await db.close();
    parentPort?.postMessage('closed');
    parentPort?.close();
  })();
});
