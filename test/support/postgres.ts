import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findBinary, freePort, unprivilegedUser } from './binaries.js';

/** A PostgreSQL server of our own: temporary directory, free port, fsync on as in production. */
export class PostgresServer {
  private process: ChildProcess | undefined;
  private databases = 0;

  private constructor(
    private readonly binary: string,
    private readonly directory: string,
    readonly port: number,
  ) {}

  /** Whether this machine has the server programs. */
  static available(): boolean {
    return findBinary('initdb') !== undefined && findBinary('postgres') !== undefined;
  }

  static async start(settings: Record<string, string> = {}): Promise<PostgresServer> {
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-pg-'));
    const owner = unprivilegedUser();
    if (owner) chownSync(directory, owner.uid, owner.gid);
    execFileSync(
      findBinary('initdb')!,
      ['-D', join(directory, 'data'), '-U', 'signalbox', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
      { ...owner, stdio: 'ignore' },
    );
    const server = new PostgresServer(findBinary('postgres')!, directory, await freePort());
    await server.boot(settings);
    return server;
  }

  /** URL of a database of this server. */
  url(database = 'postgres'): string {
    return `postgres://signalbox@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes a fresh, empty database and returns its URL. */
  async createDatabase(): Promise<string> {
    const name = `test_${process.pid}_${++this.databases}`;
    await this.execute(`create database ${name}`);
    return this.url(name);
  }

  /** Runs SQL on a database. */
  async execute<Row extends object>(sql: string, url = this.url()): Promise<Row[]> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Ends the server as a crash would (immediate shutdown) and waits until it is gone. */
  async crash(): Promise<void> {
    await this.end('SIGQUIT');
  }

  /** Starts it again after `crash`. */
  async boot(settings: Record<string, string> = {}): Promise<void> {
    const options = {
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: this.directory,
      max_connections: '200',
      ...settings,
    };
    const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.process = spawn(this.binary, ['-D', join(this.directory, 'data'), ...args], {
      ...unprivilegedUser(),
      stdio: 'ignore',
    });
    for (let tries = 0; tries < 200; tries++) {
      try {
        await this.execute('select 1');
        return;
      } catch {
        await sleep(50);
      }
    }
    throw new Error('PostgreSQL did not start within 10 s');
  }

  /** Stops the server and removes its files. */
  async stop(): Promise<void> {
    await this.end('SIGINT');
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}
