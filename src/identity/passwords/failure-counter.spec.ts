import { describe, expect, it } from '@jest/globals';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { FailureCounter } from './failure-counter.js';

const makeLimiter = (keyPrefix: string) => new RateLimiterMemory({ keyPrefix, points: 1, duration: 3_600 });

function makeCounter(longestWait = 900, gate = makeLimiter('gate')): FailureCounter {
  return new FailureCounter(makeLimiter('failures'), gate, longestWait);
}

describe('FailureCounter', () => {
  it('lets five pass and holds back the sixth', async () => {
    const counter = makeCounter();
    for (let tries = 0; tries < 5; tries++) {
      expect(await counter.closedFor('a')).toBe(0);
      expect(await counter.count('a')).toBe(0);
    }
    expect(await counter.closedFor('a')).toBeGreaterThan(900);
    expect(await counter.count('a')).toBeGreaterThan(0);
    expect(await counter.closedFor('b')).toBe(0);
  });

  it('lets five of many at once pass', async () => {
    const counter = makeCounter();
    const waits = await Promise.all(Array.from({ length: 50 }, () => counter.count('a')));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });

  it('holds back twice as long each time, up to the longest wait', async () => {
    const gate = makeLimiter('gate');
    const counter = makeCounter(8, gate);
    const waits: number[] = [];
    for (let failures = 0; failures < 12; failures++) {
      await counter.count('a');
      waits.push(Math.round((await counter.closedFor('a')) / 1000));
      await gate.delete('a'); // the wait is over
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 8, 8, 8, 8]);
  });

  it('forgets, and takes back', async () => {
    const counter = makeCounter();
    for (let tries = 0; tries < 20; tries++) {
      expect(await counter.count('a')).toBe(0);
      await counter.takeBack('a');
    }
    for (let tries = 0; tries < 5; tries++) await counter.count('a');
    await counter.forget('a');
    expect(await counter.closedFor('a')).toBe(0);
    expect(await counter.count('a')).toBe(0);
  });
});
