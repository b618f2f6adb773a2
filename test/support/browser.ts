import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { findBinary } from './binaries.js';

/** Whether the machine has a Chromium; with REQUIRE_SERVICES=1 it must. */
export function browserFound(): boolean {
  if (findBinary('chromium') !== undefined) return true;
  const line = 'browser tests left out: no chromium on this machine';
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(line);
  process.stdout.write(`${line}\n`);
  return false;
}

/** A headless Chromium that talks to nobody but the pages it is sent to. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findBinary('chromium')!;
  if (!existsSync(executablePath)) throw new Error('no chromium');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
