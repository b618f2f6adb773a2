import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects the garbage that loading the program left, about a tenth of a second before it begins to serve. V8 lets a
 * heap grow by a share of what is alive when it was last collected, and has not looked before much has come together:
 * without this, the first long job grows the process by half as much again (`npm run bench:import:memory`).
 */
export function collectAfterLoading(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
