import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseConfig } from '../config/platform.config.js';
import { DataDirectory } from '../database/data-directory.js';

const TRIES = 50;
const PAUSE_MS = 200;

/**
 * Waits while a server that has just taken the data directory starts its embedded database: for 10 s at most, then
 * whoever connects says what is wrong.
 */
export async function waitForStartingServer(config: DatabaseConfig): Promise<void> {
  if (config.DATABASE_URL !== undefined) return;
  const directory = new DataDirectory(config.SIGNALBOX_DATA_DIR);
  for (let tries = 0; tries < TRIES; tries++) {
    const holder = directory.holder();
    if (!holder || holder.endpoint || !isAlive(holder.pid)) return;
    await sleep(PAUSE_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's
  }
}
