import { closeSync, openSync, writeSync } from 'node:fs';

/** A generator of numbers that are random and always the same (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const STATES = ['NY', 'CA', 'TX', 'NJ', 'FL', 'PA', 'WA', 'ID'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Writes a file of orders: every rule broken now and then, some neighbours alike, some ids twice, some bad rows. */
export function writeOrdersFile(path: string, rows: number, seed = 1): void {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
  const file = openSync(path, 'w');
  let lines = ['id|name|email|state|zipcode|birthday'];
  let state = pick(STATES);
  let zipcode = '10001';
  for (let row = 1; row <= rows; row++) {
    if (random() > 0.1) {
      state = pick(STATES);
      zipcode = String(10_000 + Math.floor(random() * 89_999));
    }
    const id = random() < 0.02 && row > 10 ? row - Math.floor(random() * 10) : row;
    const email =
      random() < 0.05 ? `nobody${row}` : `customer${row}@example.${random() < 0.1 ? 'net' : 'com'}`;
    const year = 1950 + Math.floor(random() * 60);
    const birthday = `${pick(MONTHS)} ${1 + Math.floor(random() * 28)}, ${year}`;
    lines.push(
      random() < 0.005 ? `${row}|too|few` : `${id}|Customer ${row}|${email}|${state}|${zipcode}|${birthday}`,
    );
    if (lines.length < 10_000) continue;
    writeSync(file, `${lines.join('\n')}\n`);
    lines = [];
  }
  writeSync(file, `${lines.join('\n')}\n`);
  closeSync(file);
}
