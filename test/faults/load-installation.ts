import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_PASSWORD, send, type TestRequest } from '../support/app.js';
import { freePort } from '../support/binaries.js';
import { COMPILED, CompiledServer } from '../support/compiled-server.js';
import { type Progress, queryText } from '../support/package-client.js';

/** The compiled program to be killed: a server, and on PostgreSQL a worker beside it, which does the loads. */
export class LoadInstallation {
  private constructor(
    private readonly dataDir: string,
    private readonly env: Record<string, string>,
    private server: CompiledServer,
    private readonly worker: ChildProcess | undefined,
  ) {}

  static async open(databaseUrl?: string): Promise<LoadInstallation> {
    const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-load-'));
    const env = {
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_ADMIN_PASSWORD: ADMIN_PASSWORD,
      SIGNALBOX_SECRET: 'a secret of thirty-two characters or more',
      PORT: String(await freePort()),
      LOG_LEVEL: 'error',
      JOB_LEASE: '3',
      JOB_POLL: '200',
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl, MIGRATE_ON_START: 'true' }),
    };
    const server = await CompiledServer.start(env);
    const worker =
      databaseUrl === undefined
        ? undefined
        : spawn(process.execPath, [join(COMPILED, 'worker.js')], {
            env: { PATH: process.env['PATH'], ...env, WORKER_PROCESSES: '1' },
            stdio: 'ignore',
          });
    return new LoadInstallation(dataDir, env, server, worker);
  }

  request(path: string, options: TestRequest = {}): Promise<Response> {
    return send(this.server.url + path, options);
  }

  /** Asks how the load from an address is getting on. */
  async progress(datapackage: string): Promise<Progress> {
    const answer = await this.request(`/package/status?${queryText({ datapackage })}`);
    return (await answer.json()) as Progress;
  }

  /** kill -9 of the process that does the loads. The supervisor of a worker starts another one. */
  async killLoader(): Promise<void> {
    if (this.worker) process.kill(await this.workerProcess(), 'SIGKILL');
    else await this.killServer();
  }

  /** kill -9 of the server, which is started again. */
  async killServer(): Promise<void> {
    await this.server.stop('SIGKILL');
    this.server = await CompiledServer.start(this.env);
  }

  /** Whether a process of its own does the loads. */
  get hasWorker(): boolean {
    return this.worker !== undefined;
  }

  async close(): Promise<void> {
    this.worker?.kill('SIGKILL'); // its process ends with it
    await this.server.stop('SIGKILL');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** The process below the supervisor that runs jobs. */
  private async workerProcess(): Promise<number> {
    for (let tries = 0; tries < 1_000; tries++) {
      const table = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,stat='], { encoding: 'utf8' });
      for (const line of table.split('\n')) {
        const [parent, pid, state = ''] = line.trim().split(/\s+/);
        if (Number(parent) === this.worker!.pid && !state.startsWith('Z')) return Number(pid);
      }
      await sleep(20);
    }
    throw new Error('the worker has no process');
  }
}
