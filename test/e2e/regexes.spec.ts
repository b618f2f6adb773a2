import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Diagnostics } from 'recheck';
import { sourceRegexes, type SourceRegex } from '../support/source-regexes.js';

const CHECK_MS = 30_000;
const ATTACK_LENGTH = 50_000;
const LIMIT_MS = 50;
/** A machine that is busy with something else is slow for a while, a pattern always. */
const TRIES = 12;

/**
 * The checker, in a thread: in the sandbox of the tests it takes five times as long. The build for browsers, because it
 * is plain JavaScript; the other one asks for Java or a program of its own.
 */
const CHECKER = `
  const { parentPort, workerData: { regexes, timeout } } = require('node:worker_threads');
  const { checkSync } = require('recheck/lib/browser.js');
  parentPort.postMessage(regexes.map(({ source, flags }) => checkSync(source, flags, { timeout })));
`;

/** The clock, in a thread with a small heap of its own, so that no garbage of other tests is collected while it runs. */
const CLOCK = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ source, flags, texts }) => {
    const regex = new RegExp(source, flags);
    parentPort.postMessage(texts.filter((text) => leastTime(regex, text) > ${LIMIT_MS}));
  });

  /** The least of some times, in milliseconds; fewer where the first ones leave no doubt. */
  function leastTime(regex, text) {
    let best = Number.POSITIVE_INFINITY;
    let isOpen = true;
    for (let tries = 0; tries < ${TRIES} && isOpen; tries++) {
      const begun = performance.now();
      text.replace(regex, ''); // as long as a search, and with g for all there is
      best = Math.min(best, performance.now() - begun);
      isOpen = best > ${LIMIT_MS} && best < ${10 * LIMIT_MS};
    }
    return best;
  }
`;

/** Makes texts that match, in a thread: with some patterns it would never end. */
const SAMPLER = `
  const { parentPort } = require('node:worker_threads');
  const fc = require('fast-check');
  parentPort.on('message', ({ source, flags }) => {
    try {
      const matching = fc.stringMatching(new RegExp(source, flags.replace(/[gi]/g, '')));
      parentPort.postMessage(fc.sample(matching, { seed: 1, numRuns: 6 }));
    } catch {
      parentPort.postMessage([]); // a part of the pattern is not known to it
    }
  });
`;
const SAMPLE_MS = 5_000;

const { regexes, dynamic } = sourceRegexes();
/** One that is known to be bad. */
const BAD: SourceRegex = { source: String.raw`\s+$`, flags: '', place: '' };
const all = regexes.map((regex) => [`/${regex.source}/${regex.flags}`, regex] as const);

/** Target S9: no text, however it is made up, keeps a regular expression of the program busy. */
describe('S9: a regular expression of the program', () => {
  let diagnoses: Map<string, Diagnostics>;
  let clock: Worker;
  let sampler: Worker | undefined;

  /** Some texts that match; none where there is no making them. */
  async function examples({ source, flags }: SourceRegex): Promise<string[]> {
    sampler ??= new Worker(SAMPLER, { eval: true });
    sampler.postMessage({ source, flags });
    const [found] = (await Promise.race([once(sampler, 'message'), sleep(SAMPLE_MS, [])])) as [string[]?];
    if (found) return found;
    await sampler.terminate();
    sampler = undefined;
    return [];
  }

  /** Those of the texts that keep the pattern busy for longer than the limit. */
  async function slow({ source, flags }: SourceRegex, texts: string[]): Promise<string[]> {
    clock.postMessage({ source, flags, texts });
    const [found] = (await once(clock, 'message')) as [string[]];
    return found;
  }

  beforeAll(async () => {
    clock = new Worker(CLOCK, { eval: true });
    const workerData = { regexes: [...regexes, BAD], timeout: CHECK_MS };
    const worker = new Worker(CHECKER, { eval: true, workerData });
    const [found] = (await once(worker, 'message')) as [Diagnostics[]];
    const names = [...all.map(([name]) => name), ''];
    diagnoses = new Map(found.map((diagnosis, index) => [names[index]!, diagnosis]));
  }, 300_000);

  afterAll(() => Promise.all([clock.terminate(), sampler?.terminate()]));

  it('is written down, so that it can be looked at', () => {
    expect(dynamic).toEqual([]);
    expect(all.length).toBeGreaterThan(40);
  });

  // One that is not safe is mended, by a loop or by classes that do not overlap; none has had to be let pass so far.
  it.each(all)('is safe by its form: %s', (name, { place }) => {
    const found = diagnoses.get(name)!;
    const why = found.status === 'vulnerable' ? found.attack.pattern : found.checker;
    expect({ place, status: found.status, why }).toMatchObject({ status: 'safe' });
  });

  it.each(all)(`is done with ${ATTACK_LENGTH} characters within ${LIMIT_MS} ms: %s`, async (_, regex) => {
    const found = await slow(regex, attacks(regex, await examples(regex)));
    expect({ place: regex.place, slow: found.map((text) => `${text.slice(0, 40)}…`) }).toEqual({
      place: regex.place,
      slow: [],
    });
  });

  it('would be found if it were not: the measure is not blind', async () => {
    let found: string[] = [];
    for (const text of attacks(BAD, await examples(BAD)))
      if (found.length === 0) found = await slow(BAD, [text]);
    expect(found).not.toEqual([]);
    expect(diagnoses.get('')!.status).toBe('vulnerable');
  });
});

/** One of each kind of character that classes such as `\s`, `\w` and `\p{L}` tell apart. */
const KINDS = [
  'a',
  'Z',
  '0',
  ' ',
  '\n',
  '\r',
  '\t',
  '-',
  '_',
  '.',
  '/',
  ':',
  '=',
  '&',
  '%',
  'é',
  '\u200d',
  '\ud800',
];

/** Long texts that almost match: what the pattern is made of, again and again, and an end that does not fit. */
function attacks({ source }: SourceRegex, matching: readonly string[]): string[] {
  const own = source.replace(/\\[pP]\{[^}]*\}|\\u[\da-f]{4}|\\x[\da-f]{2}|\\./gi, (escape) =>
    escape.slice(-1),
  );
  const words = own.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1);
  const units = new Set([...own, ...KINDS, ...words, ...matching].filter((unit) => unit !== ''));
  const begins = new Set(['', ...matching.slice(0, 2)]);
  return [...units].flatMap((unit) =>
    [...begins].flatMap((begin) =>
      ['', '\0', '\n!'].map((end) => begin + unit.repeat(Math.ceil(ATTACK_LENGTH / unit.length)) + end),
    ),
  );
}
