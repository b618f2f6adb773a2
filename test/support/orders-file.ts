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

/** Bytes that look like noise, and are always the same. */
export function seededBytes(length: number, seed = 7): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Uint8Array.from({ length }, () => Math.floor(random() * 256)));
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

/** Writes a file of orders that can all be read, about half of them valid; some ids twice if asked for. */
export function writeCleanOrders(path: string, rows: number, { duplicates = 0, seed = 1 } = {}): void {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
  const file = openSync(path, 'w');
  let lines = 'id|name|email|state|zipcode|birthday\n';
  for (let row = 1; row <= rows; row++) {
    const id = random() < duplicates ? Math.ceil(random() * row) : row;
    const zipcode = String(10_000 + Math.floor(random() * 30_000));
    const birthday = `${pick(MONTHS)} ${1 + Math.floor(random() * 28)}, ${1940 + Math.floor(random() * 70)}`;
    lines += `${id}|${pick(NAMES)} ${pick(NAMES)}|customer${Math.floor(random() * 1e9)}@example.com|${pick(STATES)}|${zipcode}|${birthday}\n`;
    if (row % 10_000 !== 0 && row !== rows) continue;
    writeSync(file, lines);
    lines = '';
  }
  closeSync(file);
}

const NAMES = [
  'Ann',
  'Bob',
  'Carla',
  'Davis',
  'Elena',
  'Frank',
  'Grace',
  'Hugo',
  'Irene',
  'Jonas',
  'Stone',
  'Walters',
];
