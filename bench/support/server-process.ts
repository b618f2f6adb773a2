import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/binaries.js';

/** Compiled files of the program and of the benchmarks. */
export const DIST = join(import.meta.dirname, '../..');

/** A server under test, in a process of its own on a free port. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** The number of the process. */
  get pid(): number {
    return this.child.pid!;
  }

  /** Starts a compiled file and resolves once `path` answers. */
  static async start(file: string, path: string, env: Record<string, string> = {}): Promise<ServerProcess> {
    const port = String(await freePort());
    const child = spawn(process.execPath, [...nodeFlags(), join(DIST, file)], {
      env: { ...process.env, ...env, PORT: port },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const server = new ServerProcess(child, `http://127.0.0.1:${port}`);
    for (let tries = 0; tries < 3000; tries++) {
      if (child.exitCode !== null) throw new Error(`${file} exited with ${child.exitCode}`);
      if (await answers(server.url + path)) return server;
      await sleep(5);
    }
    throw new Error(`${file} did not answer within 15 s`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await gone;
  }
}

/** The flags of Node that `npm start` has. */
function nodeFlags(): string[] {
  const file = join(import.meta.dirname, '../../../package.json');
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
