import {
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Environment } from '../config/environment.js';
import { LoggingConfig } from '../config/platform.config.js';
import { createLogger, createLoggers, type Loggers, PinoLoggerService } from './logger.js';

let directory: string;
let files = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-log-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const config = (variables: Record<string, string>) => new LoggingConfig(new Environment(variables));

/** What `work` makes the loggers write on standard output. */
async function output(variables: Record<string, string>, work: (loggers: Loggers) => void): Promise<string> {
  const file = join(directory, `out-${++files}`);
  const fd = openSync(file, 'a');
  const loggers = await createLoggers(config(variables), fd);
  work(loggers);
  loggers.logger.fatal('the end');
  for (let tries = 0; tries < 100 && !readFileSync(file, 'utf8').includes('the end'); tries++)
    await sleep(20);
  return readFileSync(file, 'utf8');
}

async function lines(
  variables: Record<string, string>,
  work: (loggers: Loggers) => void,
): Promise<Record<string, unknown>[]> {
  const text = await output({ LOG_FORMAT: 'json', ...variables }, work);
  return text
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
}

describe('redaction', () => {
  const SECRET = 'hunter2-hunter2';
  const secrets = {
    password: SECRET,
    passwordHash: SECRET,
    token: SECRET,
    jwt: SECRET,
    secret: SECRET,
    apiKey: SECRET,
    authorization: `Bearer ${SECRET}`,
    Authorization: `Bearer ${SECRET}`,
    cookie: `a=${SECRET}`,
    'auth-token': SECRET,
    'Auth-Token': SECRET,
    'api-key': SECRET,
    'set-cookie': [`a=${SECRET}`],
  };

  it.each([
    ['one', secrets],
    ['two', { user: secrets }],
    ['three', { request: { headers: secrets } }],
  ])('takes secret fields away at depth %s', async (_, object) => {
    const text = await output({ LOG_FORMAT: 'json' }, ({ logger }) =>
      logger.info({ ...object, kept: 'kept' }, 'x'),
    );
    expect(text.match(/\[redacted\]/g)).toHaveLength(Object.keys(secrets).length);
    expect(text).toContain('"kept":"kept"');
    expect(text).not.toContain(SECRET);
  });

  it('reaches into lists and errors', async () => {
    const error = Object.assign(new Error('refused'), { config: { token: SECRET } });
    const text = await output({ LOG_FORMAT: 'json' }, ({ logger }) => {
      logger.info({ users: [{ password: SECRET }] }, 'x');
      logger.error(error);
      new PinoLoggerService(logger).error({ err: error, requestId: 'r1' }, 'failed', 'Errors');
    });
    expect(text).not.toContain(SECRET);
    expect(text.match(/\[redacted\]/g)).toHaveLength(3);
  });

  it('holds for pretty output', async () => {
    const text = await output({ LOG_FORMAT: 'pretty' }, ({ logger }) => logger.info({ user: secrets }, 'x'));
    expect(text).not.toContain(SECRET);
  });

  it('leaves what was logged untouched', async () => {
    const user = { password: SECRET };
    await lines({}, ({ logger }) => logger.info({ user }));
    expect(user.password).toBe(SECRET);
  });
});

describe('format and level', () => {
  it('writes JSON where the output is no terminal', async () => {
    const [line] = await lines({ LOG_FORMAT: 'auto' }, ({ logger }) => logger.info({ a: 1 }, 'hello'));
    expect(line).toMatchObject({ level: 30, pid: process.pid, a: 1, msg: 'hello' });
  });

  it('writes for people when asked', async () => {
    const text = await output({ LOG_FORMAT: 'pretty' }, ({ logger }) => logger.warn({ a: 1 }, 'hello'));
    expect(text).toMatch(/WARN.*: hello\n {4}a: 1\n/);
  });

  it('leaves out what is less severe than LOG_LEVEL, requests too', async () => {
    const written = await lines({ LOG_LEVEL: 'warn' }, ({ logger, requests }) => {
      logger.info('quiet');
      expect(requests).toBeUndefined();
      logger.warn('loud');
    });
    expect(written.map(({ msg }) => msg)).toEqual(['loud', 'the end']);
  });

  it('keeps the order of both loggers', async () => {
    const written = await lines({}, ({ logger, requests }) => {
      for (let index = 0; index < 200; index++) {
        if (index % 2) logger.info({ ms: index }, 'x');
        else requests!.write('r', 'GET', '/', 200, index, false);
      }
    });
    expect(written.slice(0, -1).map(({ ms }) => ms)).toEqual(
      Array.from({ length: 200 }, (_, index) => index),
    );
  });
});

describe('the line per request', () => {
  it('is JSON whatever the address holds, and tells no secret', async () => {
    const url = '/a"b\\c\u2028?jwt=hunter2&state=NJ&API_KEY=hunter2&x=1&X-Amz-Signature=hunter2&token=';
    const [line] = await lines({}, ({ requests }) => requests!.write('r-1', 'GET', url, 200, 1.6, false));
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      pid: process.pid,
      msg: 'request',
      requestId: 'r-1',
      method: 'GET',
      path: '/a"b\\c\u2028?jwt=[redacted]&state=[redacted]&API_KEY=[redacted]&x=1&X-Amz-Signature=[redacted]&token=[redacted]',
      status: 200,
      ms: 2,
    });
  });

  it('says when the caller did not get all of the answer', async () => {
    const [line] = await lines({}, ({ requests }) => requests!.write('r-1', 'GET', '/', 200, 1, true));
    expect(line).toMatchObject({ cut: true });
  });

  it('can be read by people too', async () => {
    const text = await output({ LOG_FORMAT: 'pretty' }, ({ requests }) =>
      requests!.write('r-1', 'GET', '/', 200, 1, false),
    );
    expect(text).toMatch(/INFO.*: request\n {4}requestId: "r-1"\n {4}method: "GET"/);
  });

  it('is not there when nobody wants it', async () => {
    expect((await createLoggers(config({ LOG_REQUESTS: 'false' }))).requests).toBeUndefined();
  });
});

describe("Nest's logger", () => {
  it('passes context, fields, errors and stacks on', async () => {
    const written = await lines({ LOG_LEVEL: 'trace' }, ({ logger }) => {
      const nest = new PinoLoggerService(logger);
      nest.log('started', 'Signalbox');
      nest.error(new TypeError('no'), 'a callback failed', 'Database');
      nest.error(new TypeError('no'), 'Shutdown');
      nest.error('text', 'stack', 'Boot');
      nest.warn({ a: 1 }, 'fields', 'Jobs');
      nest.verbose('fine');
    });
    expect(written).toMatchObject([
      { level: 30, context: 'Signalbox', msg: 'started' },
      { level: 50, context: 'Database', msg: 'a callback failed', err: { type: 'TypeError', message: 'no' } },
      { level: 50, context: 'Shutdown', msg: 'no', err: { type: 'TypeError' } },
      { level: 50, context: 'Boot', msg: 'text', stack: 'stack' },
      { level: 40, context: 'Jobs', msg: 'fields', a: 1 },
      { level: 10, msg: 'fine' },
      { msg: 'the end' },
    ]);
  });
});

describe('LOG_FILE', () => {
  const fileConfig = (folder: string, more: Record<string, string> = {}) =>
    config({
      LOG_FORMAT: 'json',
      LOG_FILE: join(folder, 'log', 'app.log'),
      LOG_FILE_SIZE: '2KB',
      LOG_FILE_COUNT: '3',
      ...more,
    });
  const discard = () => openSync('/dev/null', 'w');

  it('rotates by size and keeps the newest files, those of an earlier run included', async () => {
    const folder = mkdtempSync(join(directory, 'rotate-'));
    for (let run = 0; run < 2; run++) {
      const { logger } = await createLoggers(fileConfig(folder), discard());
      for (let index = 0; index < 100; index++) {
        logger.info({ run, index }, 'x'.repeat(100));
        if (index % 5 === 0) await sleep(2); // rotation happens between turns of the event loop
      }
      await sleep(100);
    }
    const kept = readdirSync(join(folder, 'log'));
    expect(kept).toHaveLength(3);
    const written = kept
      .sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]))
      .flatMap((name) => readFileSync(join(folder, 'log', name), 'utf8').split('\n'))
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { run: number; index: number });
    expect(written.every(({ run }) => run === 1)).toBe(true);
    expect(written.map(({ index }) => index)).toEqual(
      written.map((_, place) => 100 - written.length + place),
    );
    for (const name of kept) expect(statSync(join(folder, 'log', name)).size).toBeLessThan(4096);
  });

  it('is redacted and JSON although the output is pretty', async () => {
    const folder = mkdtempSync(join(directory, 'json-'));
    const { logger } = await createLoggers(fileConfig(folder, { LOG_FORMAT: 'pretty' }), discard());
    logger.info({ password: 'hunter2' }, 'signed in');
    const text = readFileSync(join(folder, 'log', 'app.1.log'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ msg: 'signed in', password: '[redacted]' });
  });

  it('stops the boot with one line where it cannot be written', async () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    await expect(createLogger(config({ LOG_FILE: join(file, 'app.log') }))).rejects.toThrow(
      /^LOG_FILE: "[^"]*a-file\/app.log" cannot be written: E[^\n]*$/,
    );
  });

  it('does not end the process when its disk is full', async () => {
    const folder = mkdtempSync(join(directory, 'full-'));
    symlinkSync('/dev/full', join(folder, 'app.1.log'));
    const out = join(folder, 'out');
    const { logger } = await createLoggers(
      config({ LOG_FORMAT: 'json', LOG_FILE: join(folder, 'app.log') }),
      openSync(out, 'a'),
    );
    for (let index = 0; index < 5; index++) logger.info({ index }, 'x');
    logger.fatal('the end');
    for (let tries = 0; tries < 100 && !readFileSync(out, 'utf8').includes('the end'); tries++)
      await sleep(20);
    expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(7);
  });
});
