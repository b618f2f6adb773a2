import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type Type } from '@nestjs/common';
import { type JobProcess, OMNIPOTENT } from '../../test/support/job-process.js';
import { JobHandler, type HandlesJob } from './job-handler.js';
import { defineJob, type JobKindSettings } from './job-kind.js';
import type { JobRun } from './job-run.js';
import type { Job } from './job.entity.js';
import type { EnqueueOptions } from './jobs.service.js';

/** What a job of a test does. Every process of a test runs in the test's own process, so it may share variables. */
export type Script = (job: JobRun<{ script: string }, unknown>) => Promise<unknown>;

/** A suite's first process, and how to start more over the same database. */
export interface Suite {
  readonly main: JobProcess;
  readonly env: Record<string, string>;
  start(env?: Record<string, string>, createSchema?: boolean): Promise<JobProcess>;
}

const scripts = new Map<string, Script>();

/** Three tries, the second one after 0.1 to 0.2 s. */
export const SCRIPT = defineJob<{ script: string }, unknown>('test.script', {
  maxAttempts: 3,
  backoffSeconds: 0.2,
});
/** One try that may take a second. */
export const HASTY = defineJob<{ script: string }, unknown>('test.hasty', {
  maxAttempts: 1,
  timeoutSeconds: 1,
});
/** Runs by itself when a test says that it is due. */
export const CLOCKWORK = defineJob<object>('test.clockwork', { schedule: '0 0 1 1 *' });

/** Handlers of all these kinds. */
export const SCRIPT_HANDLERS: Type[] = [handlerOf(SCRIPT), handlerOf(HASTY), handlerOf(CLOCKWORK)];

function handlerOf(kind: JobKindSettings): Type {
  @Injectable()
  @JobHandler(kind)
  class ScriptedJob implements HandlesJob<{ script: string }, unknown> {
    async run(job: JobRun<{ script: string }>): Promise<unknown> {
      return scripts.get(job.payload.script)?.(job);
    }
  }
  return ScriptedJob;
}

/** Enqueues a job that does what `run` says and returns its id. */
export function enqueue(
  process: JobProcess,
  run: Script,
  options?: EnqueueOptions,
  kind = SCRIPT,
): Promise<string> {
  return process.jobs.enqueue(kind, script(run), options);
}

/** The payload of a job that does what `run` says. */
export function script(run: Script): { script: string } {
  const name = randomUUID();
  scripts.set(name, run);
  return { script: name };
}

/** A job's row. */
export function find(process: JobProcess, id: string): Promise<Job> {
  return process.jobs.get(OMNIPOTENT, id);
}

/** Waits until a job has ended and returns it. */
export async function finished(process: JobProcess, id: string, withinMs = 10_000): Promise<Job> {
  await until(async () => (await find(process, id)).terminal, withinMs, `the end of job ${id}`);
  return find(process, id);
}

/** Waits until a condition holds; throws when it does not within the time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
  what = 'a condition',
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${withinMs} ms`);
    await sleep(10);
  }
}

/** Never resolves; rejects with the signal's reason when it is aborted. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Something that jobs wait for and the test opens. */
export class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}
