import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Environment } from './environment.js';
import { HttpConfig } from './platform.config.js';

const VARIABLES = ['PORT', 'HOST', 'BODY_LIMIT'];
const startedIn = process.cwd();
const startedWith = { ...process.env };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-env-'));
  process.chdir(directory);
  for (const name of VARIABLES) delete process.env[name];
});

afterEach(() => {
  process.chdir(startedIn);
  for (const name of VARIABLES) {
    delete process.env[name];
    if (startedWith[name] !== undefined) process.env[name] = startedWith[name];
  }
  rmSync(directory, { recursive: true, force: true });
});

const load = () => new HttpConfig(Environment.load());

describe('Environment.load', () => {
  it('falls back to the built-in values where there is no .env', () => {
    expect(load()).toMatchObject({ PORT: 3000, HOST: '127.0.0.1' });
  });

  it('takes .env of the working directory over the built-in values, and the process environment over both', () => {
    writeFileSync('.env', '# a comment\nPORT=4000\nexport HOST="::1"\nBODY_LIMIT=2MB # half of it\n');
    process.env['PORT'] = '5000';
    expect(load()).toMatchObject({ PORT: 5000, HOST: '::1', BODY_LIMIT: 2 * 1024 ** 2 });
  });

  it('does not let an empty variable of the process hide the one in .env', () => {
    writeFileSync('.env', 'PORT=4000\n');
    process.env['PORT'] = '';
    expect(load().PORT).toBe(4000);
  });

  it('does not write into the process environment', () => {
    writeFileSync('.env', 'PORT=4000\n');
    load();
    expect(process.env['PORT']).toBeUndefined();
  });
});
