import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The compiled program; `npm ci` and `npm run build` make it. */
export const COMPILED = join(process.cwd(), 'dist/src');

/** The API as users run it: the compiled program in a process of its own. */
export class CompiledServer {
  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    private readonly output: string[],
  ) {}

  /** Starts it and resolves once it is ready; `env` must hold PORT and SIGNALBOX_DATA_DIR. */
  static async start(env: Record<string, string>, nodeArgs: string[] = []): Promise<CompiledServer> {
    const main = join(COMPILED, 'main.js');
    if (!existsSync(main)) throw new Error('dist/src/main.js is missing: run `npm run build` first');
    const child = spawn(process.execPath, [...nodeArgs, main], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const server = new CompiledServer(child, `http://127.0.0.1:${env['PORT']}`, output);
    await server.ready();
    return server;
  }

  /** What it has printed so far. */
  get printed(): string {
    return this.output.join('');
  }

  /** Ends it with a signal and waits; returns its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return gone;
  }

  private async ready(): Promise<void> {
    for (let tries = 0; tries < 1500; tries++) {
      if (this.child.exitCode !== null)
        throw new Error(`the server exited with ${this.child.exitCode}: ${this.printed}`);
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(20);
    }
    throw new Error(`the server was not ready within 30 s: ${this.printed}`);
  }
}
