/**
 * `npm run bench:upload`: a large file by a signed PUT through the local object store, beside a bare server that does
 * the same. `BENCH_BYTES` is the size of the file (2 GB), `BENCH_ROUNDS` how often it is sent (3).
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PublicUrl } from '../src/platform/http/public-url.js';
import { SecretBox } from '../src/platform/crypto/secret-box.js';
import { LocalSignedUrls } from '../src/storage/index.js';
import { ProcessMemory } from '../test/support/process-memory.js';
import { atLeast, atMost, forComparison, inTurn, report, times } from './support/report.js';
import { ServerProcess } from './support/server-process.js';

const BYTES = Number(process.env['BENCH_BYTES'] ?? 2 * 1024 ** 3);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const MB = 1024 ** 2;
const SECRET = 'a secret of thirty-two characters or more';
const megabytes = (value: number) => `${value.toFixed(0)} MB`;

const block = Buffer.alloc(MB, 'year,amount\n2026,100\n');
const whole = createHash('md5');
for (const part of blocks()) whole.update(part);
const md5Base64 = whole.digest('base64');

function* blocks(): Generator<Buffer> {
  for (let left = BYTES; left > 0; left -= block.length)
    yield block.subarray(0, Math.min(left, block.length));
}

/** Sends the file; megabytes per second. */
async function send(url: string): Promise<number> {
  const headers = { 'content-length': BYTES, 'content-md5': md5Base64, 'content-type': 'text/csv' };
  const started = performance.now();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const outgoing = request(url, { method: 'PUT', headers, agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    outgoing.on('error', reject);
    pipeline(Readable.from(blocks(), { objectMode: false, highWaterMark: MB }), outgoing).catch(reject);
  });
  if (status !== 200) throw new Error(`the upload answered ${status}`);
  return BYTES / MB / ((performance.now() - started) / 1000);
}

const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
const env = {
  SIGNALBOX_DATA_DIR: folder,
  SIGNALBOX_SECRET: SECRET,
  DATABASE_URL: '',
  UPLOAD_LIMIT: String(BYTES),
};
const ours = await ServerProcess.start('src/main.js', '/health/live', env);
const bare = await ServerProcess.start('bench/support/bare-upload.js', '/', env);
const bareSynced = await ServerProcess.start('bench/support/bare-upload.js', '/', {
  ...env,
  BARE_SYNC: 'true',
});

async function sendToUs(): Promise<number> {
  const urls = new LocalSignedUrls(new SecretBox(SECRET), {
    to: (path: string) => ours.url + path,
  } as PublicUrl);
  const terms = { length: BYTES, md5Base64, contentType: 'text/csv', expiresIn: 3600 };
  const { url, query } = await urls.signPut('bench/file.csv', terms);
  return send(`${url}?${new URLSearchParams(query).toString()}`);
}

try {
  const memory = new ProcessMemory(ours.pid);
  memory.takePeak();
  const before = memory.now;
  const growth = (await sendToUs(), memory.takePeak() - before) / MB;
  const rounds = await inTurn(ROUNDS, {
    ours: sendToUs,
    bare: () => send(bare.url),
    'bare, synced': () => send(bareSynced.url),
  });
  const { ours: speed, bare: bareSpeed } = rounds.medians();
  report(`bench:upload, ${(BYTES / 1024 ** 3).toFixed(1)} GB`, [
    forComparison('ours, per second', megabytes(speed)),
    forComparison('bare, per second', megabytes(bareSpeed)),
    atLeast(0.8, 'ours / bare', rounds.ratio('ours', 'bare'), times),
    forComparison('ours / bare, synced', times(rounds.ratio('ours', 'bare, synced'))),
    atMost(100, 'growth of memory, first upload', growth, megabytes),
  ]);
} finally {
  await Promise.all([ours, bare, bareSynced].map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}
