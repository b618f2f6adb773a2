import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EnqueueOptions } from '../../src/jobs/index.js';
import type { FaultPayload } from './fault-jobs.js';
import type { Request } from './worker-process.js';

export interface WorkerSettings {
  /** Configuration variables. */
  readonly env: Record<string, string>;
  /** Arguments for node itself. */
  readonly nodeArguments?: readonly string[];
  /** Run as a supervisor of so many processes; then nothing can be asked. */
  readonly children?: number;
  /** Make the tables first. */
  readonly createSchema?: boolean;
  /** More variables of the process, for hooks that it loads. */
  readonly processEnv?: Record<string, string>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process that runs jobs, to be killed. */
export class Worker {
  readonly exited: Promise<Exit>;
  /** What it has written to standard error. */
  errors = '';
  private readonly questions = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  private ready!: () => void;
  private readonly isReady = new Promise<void>((resolve) => (this.ready = resolve));
  private asked = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly supervisor: boolean,
  ) {
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    child.stderr!.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    child.on('message', (message: { ready?: true; id?: number; result?: unknown; error?: string }) => {
      if (message.ready) return this.ready();
      const question = this.questions.get(message.id!);
      this.questions.delete(message.id!);
      if (message.error === undefined) question?.resolve(message.result);
      else question?.reject(new Error(message.error));
    });
    void this.exited.then(() => {
      for (const { reject } of this.questions.values()) reject(new Error('the process is gone'));
    });
  }

  /** Starts one without waiting until it works. */
  static spawn({
    env,
    nodeArguments = [],
    children = 0,
    createSchema = false,
    processEnv = {},
  }: WorkerSettings): Worker {
    const hook = join(import.meta.dirname, 'typescript-hook.ts');
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const child = spawn(
      process.execPath,
      ['--import', hook, ...nodeArguments, join(import.meta.dirname, 'worker-process.ts')],
      {
        env: {
          ...inherited,
          WORKER_ENV: JSON.stringify(env),
          WORKER_CHILDREN: String(children),
          WORKER_SCHEMA: createSchema ? 'create' : '',
          ...processEnv,
        },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        serialization: 'advanced',
      },
    );
    return new Worker(child, children > 0);
  }

  /** Starts one and waits until it runs jobs. */
  static async start(settings: WorkerSettings): Promise<Worker> {
    const worker = Worker.spawn(settings);
    await worker.up();
    return worker;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Whether the process lives. */
  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves once it runs jobs; throws when it ends before. */
  async up(): Promise<void> {
    const { code } = (await Promise.race([this.isReady, this.exited])) ?? {};
    if (code !== undefined) throw new Error(`the worker ended with ${code}: ${this.errors}`);
  }

  /** Makes a job of each payload, in one transaction of the process, with an effect `made` for each where wanted. */
  enqueue(
    kind: string,
    payloads: readonly FaultPayload[],
    options: EnqueueOptions = {},
    effect = false,
  ): Promise<string[]> {
    return this.ask({ enqueue: { kind, payloads, options, effect } }) as Promise<string[]>;
  }

  /** Runs SQL over the process's own connection. */
  query<Row>(query: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.ask({ query, parameters }) as Promise<Row[]>;
  }

  /** Runs the pending migrations and returns their names. */
  migrate(): Promise<string[]> {
    return this.ask({ migrate: true }) as Promise<string[]>;
  }

  /** Has it die at its n-th statement from now, before that is sent or just after; see `kill-at-statement.ts`. */
  async killAtStatement(statement: number, after: boolean): Promise<void> {
    await this.ask({ killAtStatement: statement, after });
  }

  /** kill -9; a supervisor takes its processes with it. */
  async kill(): Promise<void> {
    if (!this.alive) return;
    if (this.supervisor) {
      this.child.kill('SIGTERM');
      await Promise.race([this.exited, sleep(10_000, undefined, { ref: false })]);
    }
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGTERM; returns how it ended and after how many milliseconds. */
  async terminate(): Promise<Exit & { ms: number }> {
    const asked = performance.now();
    this.child.kill('SIGTERM');
    return { ...(await this.exited), ms: performance.now() - asked };
  }

  private ask(request: Request): Promise<unknown> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.questions.set(id, { resolve, reject });
      this.child.send({ id, request }, (error) => error && reject(error));
    });
  }
}
