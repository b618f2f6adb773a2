import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DataDirectory, EmbeddedEndpoint } from './data-directory.js';

/** Longest path of a Unix socket that every system takes, in bytes. */
const SOCKET_PATH_MAX = 100;
/** The port that is part of a PostgreSQL socket's file name. */
const SOCKET_PORT = 5432;

/**
 * PGlite in a worker thread, behind a socket in the data directory. Every client goes through the socket, the
 * server itself included: a client inside the process would share the one session with all the others.
 */
export class EmbeddedDatabase {
  private constructor(
    private readonly worker: Worker,
    /** Where PostgreSQL clients connect to. */
    readonly endpoint: EmbeddedEndpoint,
  ) {}

  /** Starts it; takes 2 to 4 s on an empty directory and about 0.5 s on an existing one. */
  static async start(directory: DataDirectory): Promise<EmbeddedDatabase> {
    const runDir = directory.file('run');
    const path = `${runDir}/.s.PGSQL.${SOCKET_PORT}`;
    const local = process.platform !== 'win32' && Buffer.byteLength(path) <= SOCKET_PATH_MAX;
    if (local) {
      mkdirSync(runDir, { recursive: true, mode: 0o700 });
      rmSync(path, { force: true }); // left by a holder that died: the directory's lock is ours
    }
    const worker = new Worker(
      new URL(`./embedded-database.worker${extname(import.meta.url)}`, import.meta.url),
      {
        workerData: { dataDir: directory.file('pg'), ...(local ? { path } : { host: '127.0.0.1', port: 0 }) },
      },
    );
    const [message] = (await once(worker, 'message')) as [{ listening: string }];
    const endpoint = local
      ? { host: runDir, port: SOCKET_PORT }
      : { host: '127.0.0.1', port: Number(message.listening.split(':').at(-1)) };
    // Without its database the process is of no use and its state unknown: die, and let what waits reconnect.
    worker.on('error', (error) => {
      process.stderr.write(`the embedded database stopped: ${error.message}\n`);
      process.exit(70);
    });
    directory.announce(endpoint);
    return new EmbeddedDatabase(worker, endpoint);
  }

  /** Closes the database cleanly. */
  async stop(): Promise<void> {
    const closed = once(this.worker, 'exit');
    this.worker.postMessage('close');
    await closed;
  }
}
