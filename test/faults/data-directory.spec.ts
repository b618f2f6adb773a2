import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataDirectory, DataDirectoryInUseError } from '../../src/platform/database/data-directory.js';
import { iterations } from './iterations.js';
import { Worker } from './worker.js';

const EXIT_CONFIG = 78;
const ROUNDS = iterations('HOLDERS', 3, 20);

describe('a data directory', () => {
  let directory: string;
  let workers: Worker[];
  const spawn = (createSchema = false) => {
    const worker = Worker.spawn({ env: { SIGNALBOX_DATA_DIR: directory }, createSchema });
    workers.push(worker);
    return worker;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-holder-'));
    workers = [];
  });
  afterEach(async () => {
    for (const worker of workers) await worker.kill();
    rmSync(directory, { recursive: true });
  });

  it(`has one owner; the next one is told who, and gets it when that one is killed, ${ROUNDS} times`, async () => {
    let rows = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const holder = spawn(round === 0);
      await holder.up();
      expect(await holder.query('select * from effect')).toHaveLength(rows);
      await holder.enqueue('fault.effect', [], {}, true);

      const second = spawn();
      expect(await second.exited).toEqual({ code: EXIT_CONFIG, signal: null });
      expect(second.errors.trim().split('\n')).toEqual([
        expect.stringContaining(`in use by process ${holder.pid};`),
      ]);

      const asked = performance.now();
      expect(() => new DataDirectory(directory).acquire()).toThrow(DataDirectoryInUseError);
      expect(performance.now() - asked).toBeLessThan(1000);

      await holder.query(`insert into effect values (gen_random_uuid(), 'still the owner')`);
      rows++;
      await holder.kill();
    }
  });

  it('goes to one of two that start at the same moment', async () => {
    const first = spawn(true);
    await first.up();
    await first.terminate();
    for (let round = 0; round < ROUNDS; round++) {
      const pair = [spawn(), spawn()];
      const ends = await Promise.all(
        pair.map((worker) =>
          worker.up().then(
            () => 'up' as const,
            () => worker.exited,
          ),
        ),
      );
      expect(ends.filter((end) => end === 'up')).toHaveLength(1);
      expect(ends.filter((end) => end !== 'up')).toEqual([{ code: EXIT_CONFIG, signal: null }]);
      const owner = pair[ends.indexOf('up')]!;
      expect(await owner.query('select 1 as one')).toEqual([{ one: 1 }]);
      await owner.kill();
    }
  });
});
