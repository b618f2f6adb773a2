/**
 * Loaded with `--import` into a process that shall die between two statements: counts what its clients send to the
 * database once it is armed, tells the statement on standard error and ends itself with SIGKILL.
 */
import { writeSync } from 'node:fs';
import pg from 'pg';

type Query = (...args: unknown[]) => unknown;

const client = pg.Client.prototype as unknown as { query: Query };
const { query } = client;
let left = Infinity;
let afterSending = false;

client.query = function (this: unknown, ...args: unknown[]) {
  left--;
  if (left !== 0) return query.apply(this, args);
  const [first] = args as [string | { text: string }];
  writeSync(2, `killed ${afterSending ? 'after' : 'before'}: ${(typeof first === 'string' ? first : first.text).trim().replace(/\s+/g, ' ').slice(0, 60)}\n`);
  if (!afterSending) process.kill(process.pid, 'SIGKILL');
  // Long enough for the server to have it done, or to be about to.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), Math.random() * 4);
  return query.apply(this, args);
};

/** Dies at the `statement`th statement from now, before it is sent or just after. */
(globalThis as { killAtStatement?: (statement: number, after: boolean) => void }).killAtStatement = (statement, after) => {
  left = statement;
  afterSending = after;
};
