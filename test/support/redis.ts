import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinary, freePort } from './binaries.js';

/** A Redis server of our own in a temporary directory on a free port. */
export class RedisServer {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {}

  /** Whether this machine has the server program. */
  static available(): boolean {
    return findBinary('redis-server') !== undefined;
  }

  static async start(settings?: string[]): Promise<RedisServer> {
    const server = new RedisServer(mkdtempSync(join(tmpdir(), 'signalbox-redis-')), await freePort());
    await server.boot(settings);
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it (again); what it had in memory is gone unless the settings keep it. */
  async boot(settings: string[] = ['--save', '', '--appendonly', 'no']): Promise<void> {
    this.process = spawn(
      findBinary('redis-server')!,
      ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory, ...settings],
      { stdio: 'ignore' },
    );
    for (let tries = 0; tries < 200; tries++) {
      if (await this.answers()) return;
      await sleep(25);
    }
    throw new Error('Redis did not start within 5 s');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Stops the server and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.once('data', () => socket.destroy() && resolve(true));
      socket.once('error', () => resolve(false));
      socket.setTimeout(500, () => socket.destroy() && resolve(false));
    });
  }
}
