import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Milliseconds after the start: the first requests come before. */
const WAIT_MS = 1_000;

/**
 * Collects, once, the garbage that loading the program left. V8 lets a heap grow by a share of what is alive when it
 * was last collected, and has not looked before much has come together: without this, the first long job grows the
 * process by half as much again (`npm run bench:import:memory`).
 */
export function collectAfterStart(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
  }, WAIT_MS).unref();
}
