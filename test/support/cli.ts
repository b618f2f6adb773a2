import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from '@jest/globals';
import { COMPILED } from './compiled-server.js';

/** Longest time that a command may take, in milliseconds. */
const TIMEOUT_MS = 45_000;

/** How a command ended and what it said. */
export interface CliResult {
  /** Null where it had to be killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command. */
export type Cli = (...args: string[]) => Promise<CliResult>;

/** A way to call the compiled CLI with the same environment each time, away from any `.env` file. */
export function cliWith(
  env: Record<string, string>,
  script = join(COMPILED, 'cli.js'),
): (...args: string[]) => Promise<CliResult> {
  if (!existsSync(script)) throw new Error(`${script} is missing: run \`npm run build\` first`);
  return async (...args) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    const ended = new Promise<number | null>((resolve, reject) =>
      child.once('exit', resolve).once('error', reject),
    );
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, stdout, stderr };
  };
}

/** The value of a line `name: value` of the output. */
export function valueOf(name: string, { stdout, stderr }: CliResult): string {
  const value = new RegExp(`^${name}: (.+)$`, 'm').exec(stdout)?.[1];
  if (value === undefined) throw new Error(`the output has no ${name}: ${stdout}${stderr}`);
  return value;
}

/** What every failure looks like: one line on standard error, nothing on standard output. */
export function expectRefusal(result: CliResult, code: number, message: RegExp): void {
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trimEnd()).not.toContain('\n');
}
