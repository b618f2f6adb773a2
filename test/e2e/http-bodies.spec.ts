import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BodyModes } from '../../src/platform/http/body-parsers.js';
import { EdgesModule } from '../support/edges.js';
import { type PlatformApp, startPlatformApp } from '../support/platform-app.js';
import { raw } from '../support/raw-http.js';

const LIMIT = 10_000;
const JSON_TYPE = 'application/json';

let app: PlatformApp;

beforeAll(async () => {
  app = await startPlatformApp({
    imports: [EdgesModule],
    env: { BODY_LIMIT: String(LIMIT), UPLOAD_LIMIT: '20KB', REQUEST_TIMEOUT: '30' },
  });
});
afterAll(() => app.close());

type Answer = [status: number, code: string | undefined, body: unknown];

async function post(
  path: string,
  body: RequestInit['body'] | undefined,
  type: string | undefined = JSON_TYPE,
): Promise<Answer> {
  const headers: Record<string, string> = type === '' ? {} : { 'Content-Type': type };
  const response = await app.request(path, { method: 'POST', headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  const json = text === '' ? undefined : (JSON.parse(text) as { code?: string });
  return [response.status, json?.code, json];
}

const nested = (depth: number) => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);

describe('JSON', () => {
  it.each(['{', '{"a":1,}', "{'a':1}", '{"a":NaN}', 'null x', '\u0000', '{"a":1}{"b":2}'])(
    'that is none is refused: %j',
    async (text) => {
      expect((await post('/edge/echo', text)).slice(0, 2)).toEqual([400, 'BAD_JSON']);
    },
  );

  it('is read whatever its parameters and charset case, and with a byte order mark', async () => {
    for (const type of [
      'application/json; charset=utf-8',
      'APPLICATION/JSON',
      'application/merge-patch+json',
    ]) {
      expect(await post('/edge/echo', '{"a":1}', type)).toEqual([200, undefined, { body: { a: 1 } }]);
    }
    expect(await post('/edge/echo', '\ufeff{"a":1}')).toEqual([200, undefined, { body: { a: 1 } }]);
  });

  it.each(['', ' \r\n'])('with nothing in it (%j) is for the route to judge', async (text) => {
    expect(await post('/edge/echo', text)).toEqual([200, undefined, {}]);
    expect((await post('/edge/numbered', text)).slice(0, 2)).toEqual([400, 'INVALID_INPUT']);
  });

  it('is taken to the depth of 64 and not deeper', async () => {
    expect((await post('/edge/echo', nested(64)))[0]).toBe(200);
    expect((await post('/edge/echo', nested(66))).slice(0, 2)).toEqual([400, 'BODY_TOO_DEEP']);
    expect((await post('/edge/echo', '['.repeat(4_000) + ']'.repeat(4_000))).slice(0, 2)).toEqual([
      400,
      'BODY_TOO_DEEP',
    ]);
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":[{"b":{"__proto__":{"admin":true}}}]}',
    '{"\\u005f_proto__":{"admin":true}}',
    '{"__proto__":null}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"a":{"constructor":{"prototype":{}}}}',
    '{"\\u0063onstructor":{"prototype":{"admin":true}}}',
  ])('that reaches for prototypes is refused: %s', async (text) => {
    for (const path of ['/edge/echo', '/edge/numbered']) {
      expect((await post(path, text)).slice(0, 2)).toEqual([400, 'BAD_JSON']);
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('with fields that nobody asked for is refused, and each broken field is named', async () => {
    const [status, code, body] = await post('/edge/numbered', '{"number":"x","text":"a","role":"admin"}');
    expect([status, code]).toEqual([400, 'INVALID_INPUT']);
    expect((body as { errors: { path: string }[] }).errors.map(({ path }) => path).sort()).toEqual([
      'number',
      'role',
    ]);
    expect(await post('/edge/numbered', '{"number":1,"text":"a"}')).toEqual([
      200,
      undefined,
      { number: 1, text: 'a' },
    ]);
  });
});

describe('other types', () => {
  it.each(['text/plain', 'application/xml', 'application/octet-stream', 'json', 'application/jsonp'])(
    'are refused: %s',
    async (type) => {
      expect((await post('/edge/echo', '{}', type)).slice(0, 2)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  it('are forms for legacy clients', async () => {
    const form = 'application/x-www-form-urlencoded';
    expect(await post('/edge/echo', 'a=1&b=%C3%A9&b=2', form)).toEqual([
      200,
      undefined,
      { body: { a: '1', b: ['é', '2'] } },
    ]);
    for (const text of ['__proto__=1', 'constructor=1', 'a=1&prototype=2']) {
      expect((await post('/edge/echo', text, form)).slice(0, 2)).toEqual([400, 'BAD_FORM']);
    }
  });

  it('are JSON below a path that reads everything as JSON', async () => {
    app.app.get(BodyModes).register('/edge/echo', 'json');
    const types = ['text/plain', 'application/x-www-form-urlencoded', ''];
    for (const [type, path] of types.flatMap((type) =>
      ['/edge/echo/', '/%65dge/echo'].map((path) => [type, path]),
    )) {
      expect(await post(path!, Buffer.from('{"a":1}'), type)).toEqual([200, undefined, { body: { a: 1 } }]);
    }
  });

  it('are not asked of a body that is not there', async () => {
    expect(await post('/edge/echo', undefined, '')).toEqual([200, undefined, {}]);
  });
});

describe('the size limit', () => {
  const chunked = (size: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        { port: app.port, method: 'POST', path: '/edge/echo', headers: { 'Content-Type': JSON_TYPE } },
        (response) => {
          response.resume();
          resolve(response.statusCode!);
        },
      );
      request.on('error', reject);
      for (let sent = 0; sent < size; sent += 1000) request.write(' '.repeat(1000));
      request.end();
    });

  it('takes what just fits', async () => {
    const text = JSON.stringify('x'.repeat(LIMIT - 2));
    expect((await post('/edge/echo', text))[0]).toBe(200);
    expect(await chunked(LIMIT)).toBe(200);
  });

  it('refuses more, announced or not', async () => {
    expect((await post('/edge/echo', JSON.stringify('x'.repeat(LIMIT - 1)))).slice(0, 2)).toEqual([
      413,
      'BODY_TOO_LARGE',
    ]);
    expect(await chunked(LIMIT + 1000)).toBe(413);
    expect((await post('/edge/echo', `a=${'x'.repeat(LIMIT)}`, 'application/x-www-form-urlencoded'))[0]).toBe(
      413,
    );
  });

  it('refuses an announced body before it comes, and closes', async () => {
    const head = [
      'POST /edge/echo HTTP/1.1',
      'Host: x',
      `Content-Type: ${JSON_TYPE}`,
      'Content-Length: 99999999999',
      '',
      '{',
    ].join('\r\n');
    const answer = await raw(app.port, head, 3000);
    expect([answer.status, answer.closed]).toEqual([413, true]);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 });
  });

  it('does not read an endless body to its end', async () => {
    const socket = connect(app.port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.write(
      `POST /edge/echo HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `3e8\r\n${' '.repeat(1000)}\r\n`;
    let sent = 0;
    const timer = setInterval(() => {
      if (sent < 10_000 && socket.writable)
        for (let index = 0; index < 100; index++, sent++) socket.write(chunk);
    }, 5);
    await closed;
    clearInterval(timer);
    expect(sent).toBeLessThan(10_000);
  });
});

describe('files', () => {
  const form = (size: number, name = 'a.csv') => {
    const data = new FormData();
    data.append('file', new Blob(['x'.repeat(size)]), name);
    return data;
  };
  const file = async (body: RequestInit['body'], type?: string): Promise<Answer> => {
    const response = await app.request('/edge/file', {
      method: 'POST',
      body,
      ...(type !== undefined && { headers: { 'Content-Type': type } }),
    });
    const json = (await response.json()) as { code?: string };
    return [response.status, json.code, json];
  };

  it('are taken beyond the limit of other bodies', async () => {
    expect(await file(form(LIMIT + 1))).toEqual([200, undefined, { name: 'a.csv', length: LIMIT + 1 }]);
  });

  it('have a limit of their own', async () => {
    expect((await file(form(20 * 1024 + 1))).slice(0, 2)).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it('are asked for where something else comes', async () => {
    expect((await file('{}', JSON_TYPE)).slice(0, 2)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it.each([
    ['multipart/form-data', 'no boundary'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    ],
    ['multipart/form-data; boundary=b', '--b\r\nContent-Dispo'],
    ['multipart/form-data; boundary=', 'x'],
    [`multipart/form-data; boundary=${'b'.repeat(300)}`, 'x'],
  ])('that are not whole are refused: %s %j', async (type, body) => {
    expect((await file(body, type))[0]).toBe(400);
  });
});

describe('a client that goes away in the middle of its body', () => {
  it('is no error of ours', async () => {
    const count = async (status: number) => {
      const figure = `http_request_duration_seconds_count{method="POST",route="/edge/echo",status="${status}"} `;
      const line = (await (await app.request('/metrics')).text())
        .split('\n')
        .find((one) => one.startsWith(figure));
      return Number(line?.slice(figure.length) ?? 0);
    };
    const socket = connect(app.port, '127.0.0.1');
    socket.write(
      `POST /edge/echo HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 100\r\n\r\n{"a":`,
    );
    await sleep(100);
    socket.destroy();
    for (let tries = 0; tries < 100 && (await count(499)) === 0; tries++) await sleep(20);
    expect([await count(499), await count(500), await count(503)]).toEqual([1, 0, 0]);
  });
});
