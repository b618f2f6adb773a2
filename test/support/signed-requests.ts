import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { SignedPost, SignedPut } from '../../src/storage/index.js';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** As `Content-MD5` has it. */
export const md5Of = (content: string | Buffer) => createHash('md5').update(content).digest('base64');

/** Sends just these headers, which `fetch` would not. @param cut whether the connection ends after the content, whatever was announced */
export function send(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  content: string | Buffer = '',
  cut = false,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode!, body }), reject);
    });
    outgoing.on('error', reject);
    outgoing.write(content);
    if (cut) setTimeout(() => outgoing.destroy(new Error('cut')), 200);
    else outgoing.end();
  });
}

/** The whole address of a PUT, with changes in its query. */
export function putUrl({ url, query }: SignedPut, changes: Record<string, string> = {}): string {
  return `${url}?${new URLSearchParams({ ...query, ...changes }).toString()}`;
}

/** @param fileName none: the part has no file name, as some clients send it */
export function sendForm(
  { url, fields }: SignedPost,
  content: string,
  fileName?: string,
  changes: Record<string, string | undefined> = {},
): Promise<Answer> {
  const boundary = 'a-boundary-of-the-test';
  const named = Object.entries({ ...fields, ...changes })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => part(`name="${name}"`, value));
  const file = fileName === undefined ? 'name="file"' : `name="file"; filename="${fileName}"`;
  const body = `${[...named, part(file, content, 'text/plain')].join('')}--${boundary}--\r\n`;
  return send(
    'POST',
    url,
    {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  );

  function part(disposition: string, value: string, type?: string): string {
    const typed = type === undefined ? '' : `Content-Type: ${type}\r\n`;
    return `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${typed}\r\n${value}\r\n`;
  }
}
