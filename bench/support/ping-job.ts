import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../../src/jobs/index.js';

interface Ping {
  readonly at: number;
}

/** What the handler tells the benchmark, which runs in the same process. */
export const seen = { count: 0, latencies: [] as number[] };
/** The least that a job can do. */
export const PING = defineJob<Ping>('bench.ping');

@Injectable()
@JobHandler(PING)
export class PingJob implements HandlesJob<Ping> {
  async run(job: JobRun<Ping>): Promise<void> {
    seen.latencies.push(performance.now() - job.payload.at);
    seen.count++;
  }
}
