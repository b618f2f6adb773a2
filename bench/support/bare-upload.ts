/** The baseline of uploads: a server of Node alone that writes the body of a PUT to the disk and hashes it with MD5. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const path = join(process.env['SIGNALBOX_DATA_DIR']!, `bare-upload-${process.pid}`);

async function receive(request: IncomingMessage): Promise<string> {
  const md5 = createHash('md5');
  const hashing = new Transform({
    transform(chunk: Buffer, _, done) {
      md5.update(chunk);
      done(null, chunk);
    },
  });
  // `BARE_SYNC`: on the disk before it is answered, as it is with us.
  await pipeline(request, hashing, createWriteStream(path, { flush: process.env['BARE_SYNC'] === 'true' }));
  return md5.digest('hex');
}

createServer((request, response) => {
  if (request.method !== 'PUT') return void response.end('ready');
  receive(request).then(
    async (md5) => {
      await rm(path);
      response.end(md5);
    },
    (error: unknown) => response.destroy(error as Error),
  );
}).listen(Number(process.env['PORT']), '127.0.0.1');
