import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * How far the heap may grow beyond what is alive before it is collected, in percent. V8 on its own lets it grow to
 * four times that, and keeps the memory: an import of 10 million orders took 355 MB that way, most of it garbage.
 */
const HEAP_GROWTH_PERCENT = 40;

/**
 * Makes a process that has loaded the program ready to serve for long without growing: collects the garbage that
 * loading left, which takes about a tenth of a second, and has V8 collect more often from then on. What the one
 * and the other save is told by `npm run bench:import:memory`.
 */
export function settleMemory(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
