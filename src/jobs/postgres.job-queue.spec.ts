import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobProcess, OMNIPOTENT, startJobProcess } from '../../test/support/job-process.js';
import { defineJob } from './job-kind.js';
import { JobHandler, type HandlesJob } from './job-handler.js';
import type { JobRun } from './job-run.js';

const ECHO = defineJob<{ text: string }, { text: string }>('test.echo');

@Injectable()
@JobHandler(ECHO)
class EchoJob implements HandlesJob<{ text: string }, { text: string }> {
  async run(job: JobRun<{ text: string }>) {
    return { text: job.payload.text };
  }
}

describe('jobs', () => {
  let p: JobProcess;
  beforeAll(async () => {
    p = await startJobProcess({ handlers: [EchoJob] });
  });
  afterAll(() => p?.close());
  it('runs', async () => {
    const t = performance.now();
    const id = await p.jobs.enqueue(ECHO, { text: 'hi' });
    for (let i = 0; i < 100; i++) {
      const job = await p.jobs.get(OMNIPOTENT, id);
      if (job.terminal) {
        expect(job.result).toEqual({ text: 'hi' });
        console.log(performance.now() - t, job);
        return;
      }
      await sleep(5);
    }
    throw new Error('not finished');
  });
});
