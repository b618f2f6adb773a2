import cluster, { type Worker } from 'node:cluster';
import { EXIT_CONFIG } from './exit.js';

/** Pause before a process that died is started again, doubled for each that dies young. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Older than this a process did not die young. */
const YOUTH_MS = 10_000;
/** How often a process says that it is not stuck. */
const SIGN_MS = 500;

/** As `npm start` has it: see docs/operations.md, Memory. */
const YOUNG_HEAP = '--max-semi-space-size=16';

/** How the processes of a worker are looked after. */
export interface Supervision {
  /** How many there are. */
  readonly count: number;
  /** Seconds without a sign of life after which a process is stuck in a loop that never ends, and is killed. */
  readonly patienceSeconds: number;
}

/**
 * Runs `work` in child processes and starts again whichever dies or gets stuck: a job that fills the memory, ends its
 * process or never lets go of it takes nothing else down for long. Signals are passed on. In a child it just runs
 * `work`.
 */
export async function supervised(supervision: Supervision, work: () => Promise<void>): Promise<void> {
  if (!cluster.isPrimary) {
    setInterval(() => process.send?.('alive'), SIGN_MS).unref();
    return work();
  }
  cluster.setupPrimary({ execArgv: [...process.execArgv, YOUNG_HEAP] });
  let closing = false;
  const spawn = (pause: number) => {
    const bornAt = Date.now();
    const child = cluster.fork();
    watchOver(child, supervision.patienceSeconds);
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
  for (let index = 0; index < supervision.count; index++) spawn(FIRST_PAUSE_MS);
}

/** Kills a process that was alive and then is silent for too long. */
function watchOver(child: Worker, patienceSeconds: number): void {
  let silentTicks: number | undefined; // counted, not measured: a machine that slept was silent for nobody
  const timer = setInterval(() => {
    if (silentTicks === undefined || ++silentTicks * SIGN_MS < patienceSeconds * 1000) return;
    clearInterval(timer);
    process.stderr.write(`worker process ${child.process.pid} is stuck; killing it\n`);
    child.process.kill('SIGKILL');
  }, SIGN_MS);
  child.on('message', () => (silentTicks = 0));
  child.once('exit', () => clearInterval(timer));
}
