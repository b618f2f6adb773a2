import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './report.js';
import { ServerProcess } from './server-process.js';

const ROUNDS = 5;

/** Seconds from spawning to the first answer: ours on the embedded database with a warm data directory, and a bare Nest application. */
export async function measureStart(): Promise<{ ours: number; bare: number }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-start-'));
  const env = { SIGNALBOX_DATA_DIR: dataDir, DATABASE_URL: '' };
  const seconds = async (file: string): Promise<number> => {
    const started = performance.now();
    const server = await ServerProcess.start(file, '/health/live', env);
    const elapsed = (performance.now() - started) / 1000;
    await server.stop();
    return elapsed;
  };
  try {
    await seconds('src/main.js'); // makes the data directory
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await seconds('src/main.js'));
      bare.push(await seconds('bench/support/bare-nest.js'));
    }
    return { ours: median(ours), bare: median(bare) };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
