import { describe, expect, it } from '@jest/globals';
import { parseBasicHeader, parseBearerHeader } from './authorization-header.js';

const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('parseBasicHeader', () => {
  it.each([
    ['ann:secret', { nickname: 'ann', password: 'secret' }],
    ['ann:se:cr:et', { nickname: 'ann', password: 'se:cr:et' }],
    ['änn:pässwörd', { nickname: 'änn', password: 'pässwörd' }],
    [':', { nickname: '', password: '' }],
    ['\ufeffann:x', { nickname: '\ufeffann', password: 'x' }],
  ])('reads %j', (text, credentials) => {
    expect(parseBasicHeader(basic(text))).toEqual(credentials);
    expect(parseBasicHeader(basic(text).replace('Basic ', 'BASIC  '))).toEqual(credentials);
  });

  it.each([
    '',
    'Basic',
    'Basic ',
    'Basic !',
    'Basic ====',
    'Bearer YTpi',
    'NotBasic YTpi',
    'Basic YTpi YTpi',
    basic('no colon'),
    basic(Buffer.from([0xff, 0x3a, 0x61])),
    basic(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0x80])),
  ])('refuses %j', (header) => {
    expect(parseBasicHeader(header)).toBeUndefined();
  });
});

describe('parseBearerHeader', () => {
  it.each([
    ['Bearer abc.def', 'abc.def'],
    ['bearer  abc', 'abc'],
  ])('reads %j', (header, token) => expect(parseBearerHeader(header)).toBe(token));

  it.each(['', 'Bearer', 'Bearer ', 'Basic abc', 'XBearer abc'])('refuses %j', (header) =>
    expect(parseBearerHeader(header)).toBeUndefined(),
  );
});
