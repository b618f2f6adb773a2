import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc, { type Arbitrary } from 'fast-check';
import pLimit from 'p-limit';
import { definedPermissions } from '../../src/platform/access/permissions.js';
import '../../src/app.module.js'; // the permissions are defined by the modules
import { changedOften, changedOnce } from './fuzz/changes.js';
import { Checks, LIMIT_MS } from './fuzz/checks.js';
import { oddDraft, validDraft } from './fuzz/drafts.js';
import type { Operation } from './fuzz/document.js';
import { asCurl, type Draft, write } from './fuzz/request.js';
import { FuzzedServer } from './fuzz/server.js';
import { FULL, iterations } from './iterations.js';

/** Always the same where a change waits for the result; another one each time where there is time for surprises. */
const SEED = Number(process.env['FUZZ_SEED'] ?? (FULL ? Date.now() % 2 ** 31 : 1));
const MALFORMED = iterations('FUZZ_MALFORMED', 3_000, 10_000);
const MUTATED = iterations('FUZZ_MUTATED', 4_000, 10_000);
/** Of an operation, until one of them gets through: a name may be taken, the one who asks may not. */
const TRIES = 100;
/** At a time: some, so that they meet; few, so that the time of each is its own. */
const AT_ONCE = 4;
const SHOWN_FAULTS = 30;

/** Operations that no made-up request gets through, and why. */
const CLOSED: Readonly<Record<string, string>> = {
  'GET /user/login/{provider}': 'no provider is configured',
  'POST /api/authorize': 'takes the secret of a client',
  'POST /api/v1.0/tokens/refresh': 'takes a refresh token, once',
  'POST /api/v1.0/users/{id}/password': 'takes the own password, or no body',
  'POST /datastore/authorize': 'takes the own userid as owner',
  'POST /rawstore/authorize': 'takes the own userid as owner',
  'DELETE /datastore/files': 'takes the key of a file that was uploaded',
  'GET /rawstore/presign': 'takes the address of a file that was uploaded',
  'PUT /objects/{path}': 'takes a signed address',
  'GET /objects/{path}': 'takes the key of a file that was uploaded',
  'POST /objects': 'takes a signed form',
  'GET /hooks/load/callback': 'takes the address that a loader was given',
  'POST /hooks/load/callback': 'takes the address that a loader was given',
};

/** Target S1: whatever is asked, of every operation, the answer is one that the document tells of, and comes soon. */
describe('S1: the OpenAPI document, held against requests of all kinds', () => {
  let server: FuzzedServer;
  let checks: Checks;

  beforeAll(async () => {
    server = await FuzzedServer.start();
    checks = new Checks(
      server.document,
      (word) => word !== 'public' && definedPermissions().get(word)?.everyone !== true,
    );
    console.log(`seed ${SEED}; FUZZ_SEED=${SEED} repeats the requests`);
  });
  afterAll(() => server?.close());

  it('lets a request to each operation through, as documented', async () => {
    const { world, document } = server;
    const closed: string[] = [];
    for (const [index, operation] of document.operations.entries()) {
      const name = `${operation.method} ${operation.path}`;
      const drafts = fc.sample(validDraft(document, world, operation), {
        seed: SEED + index,
        numRuns: TRIES,
      });
      let through = name in CLOSED;
      for (const draft of drafts) {
        if (through) break;
        through = await getsThrough(draft);
      }
      if (!through) closed.push(name);
    }
    expect(closed).toEqual([]);
  });

  it(`answers ${MALFORMED} malformed requests as documented`, async () => {
    const { world, document } = server;
    await fuzz(MALFORMED, (operation) => changedOften(oddDraft(document, world, operation)));
  });

  it(`answers ${MUTATED} valid requests with one thing changed as documented`, async () => {
    const { world, document } = server;
    await fuzz(MUTATED, (operation) => changedOnce(validDraft(document, world, operation)));
  });

  it('still answers, and has nothing to say of errors', async () => {
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    expect(server.printed).toBe('');
  });

  /**
   * Sends as many requests, the operations in turns, and throws all kinds of faults that were found, each with the first
   * request that led to it. Nothing is shrunk: what a request meets depends on those before it, and one thing changed
   * is small enough to be understood.
   */
  async function fuzz(requests: number, draftsOf: (operation: Operation) => Arbitrary<Draft>): Promise<void> {
    const { operations } = server.document;
    // Some more: a request that would end the run is passed over.
    const each = Math.ceil((requests * 1.02) / operations.length);
    const drafts = operations.map((operation, index) =>
      fc.sample(draftsOf(operation), { seed: SEED + index, numRuns: each }),
    );
    const inTurns = Array.from({ length: each }, (_, turn) => drafts.map((of) => of[turn]!)).flat();
    const found = new Map<string, { count: number; example: string }>();
    let slowest = 0;
    let sent = 0;
    const limit = pLimit(AT_ONCE);
    const begun = performance.now();
    await limit.map(inTurns, async (draft) => {
      const { faults, ms } = await tryOut(draft);
      if (ms > 0) sent++;
      slowest = Math.max(slowest, ms);
      const { method, path } = draft.operation;
      for (const fault of faults) {
        const kind = `${method} ${path}: ${fault}`;
        const known = found.get(kind);
        if (known) known.count++;
        else {
          const curl = asCurl(write(draft), draft.caller);
          found.set(kind, {
            count: 1,
            example: `${draft.changes.join(', ') || 'nothing changed'}\n   ${curl}`,
          });
        }
      }
    });
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`${sent} requests in ${seconds} s, the slowest answered after ${slowest.toFixed(0)} ms`);
    expect(sent).toBeGreaterThanOrEqual(requests);
    if (found.size > 0) throw new Error(report(found));
  }

  async function getsThrough(draft: Draft): Promise<boolean> {
    const written = write(draft);
    if (server.wouldLockOut(written)) return false;
    const { status } = await server.send(written, draft.caller);
    return status >= 200 && status < 400;
  }

  async function tryOut(draft: Draft): Promise<{ faults: string[]; ms: number }> {
    const written = write(draft);
    if (server.wouldLockOut(written)) return { faults: [], ms: 0 };
    const answer = await server.send(written, draft.caller);
    const faults = checks.faultsOf(written, draft.caller, answer);
    // A machine that is busy with something else is not slow always.
    if (answer.ms > LIMIT_MS && (await server.send(written, draft.caller)).ms > LIMIT_MS) faults.push('slow');
    return { faults, ms: answer.ms };
  }

  function report(found: Map<string, { count: number; example: string }>): string {
    const lines = [...found].map(([kind, { count, example }]) => `${kind} (${count} times)\n   ${example}`);
    return [
      `seed ${SEED}: ${found.size} kinds of faults`,
      ...lines.slice(0, SHOWN_FAULTS),
      server.printed.slice(0, 10_000),
    ].join('\n\n');
  }
});
