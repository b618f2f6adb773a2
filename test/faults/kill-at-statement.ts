/**
 * Loaded with `--import` into a process that shall die between two statements: counts what its clients send to the
 * database, from the start with KILL_AT_STATEMENT, else once it is armed; tells the statement on standard error and
 * ends itself with SIGKILL. With KILL_AT_TEXT, at the first statement that has the text in it.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import pg from 'pg';

type Query = (...args: unknown[]) => unknown;

const fatalText = process.env['KILL_AT_TEXT'];
let left = Number(process.env['KILL_AT_STATEMENT'] ?? Infinity);
let afterSending = false;

function die(statement: string): void {
  writeSync(
    2,
    `killed ${afterSending ? 'after' : 'before'}: ${statement.trim().replace(/\s+/g, ' ').slice(0, 60)}\n`,
  );
  if (!afterSending) process.kill(process.pid, 'SIGKILL');
  // Long enough for the server to have it done, or to be about to.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), Math.random() * 4);
}

const ofTheOrm = createRequire(createRequire(import.meta.url).resolve('@mikro-orm/postgresql'))(
  'pg',
) as typeof pg;
const prototypes = new Set<unknown>([pg.Client.prototype, ofTheOrm.Client.prototype]) as Set<{
  query: Query;
}>;
for (const prototype of prototypes) {
  const { query } = prototype;
  prototype.query = function (this: unknown, ...args: unknown[]) {
    const [first] = args as [string | { text: string }];
    const statement = typeof first === 'string' ? first : first.text;
    if (--left === 0 || (fatalText !== undefined && statement.includes(fatalText))) die(statement);
    return query.apply(this, args);
  };
}

/** Dies at the `statement`th statement from now, before it is sent or just after. */
(globalThis as { killAtStatement?: (statement: number, after: boolean) => void }).killAtStatement = (
  statement,
  after,
) => {
  left = statement;
  afterSending = after;
};
