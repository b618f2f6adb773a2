import cluster, { type Worker } from 'node:cluster';
import { EXIT_CONFIG } from './exit.js';

/** Pause before a process that died is started again, doubled for each that dies young. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Older than this a process did not die young. */
const YOUTH_MS = 10_000;

/**
 * Runs `work` in `count` child processes and starts again whichever dies: a job that fills the memory or ends its
 * process takes nothing else down for long. Signals are passed on. In a child it just runs `work`.
 */
export async function supervised(count: number, work: () => Promise<void>): Promise<void> {
  if (!cluster.isPrimary) return work();
  let closing = false;
  const spawn = (pause: number) => {
    const bornAt = Date.now();
    const child = cluster.fork();
    child.on('exit', (code, signal) => {
      if (closing || code === EXIT_CONFIG) {
        process.exitCode = code ?? 1;
        return;
      }
      process.stderr.write(
        `worker process ${child.process.pid} died (${signal ?? code}); starting another\n`,
      );
      const next = Date.now() - bornAt > YOUTH_MS ? FIRST_PAUSE_MS : Math.min(pause * 2, LONGEST_PAUSE_MS);
      setTimeout(() => !closing && spawn(next), pause);
    });
  };
  const close = (signal: NodeJS.Signals) => {
    closing = true;
    for (const child of Object.values(cluster.workers ?? {}) as Worker[]) child.process.kill(signal);
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
  for (let index = 0; index < count; index++) spawn(FIRST_PAUSE_MS);
}
