import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NextAllowList, nextEntries, withToken } from './sign-in-next.js';

const OWN = 'https://signalbox.example.org/base/';
const list = new NextAllowList([
  'http://localhost:3000',
  'https://app.example.org/desk/',
  'http://127.0.0.1:8001',
]);
const find = (next: string) => list.find(next, OWN)?.href;

describe('where a sign-in may return to', () => {
  it.each([
    ['http://localhost:3000', 'http://localhost:3000/'],
    ['HTTP://LOCALHOST:3000/a?b=c#d', 'http://localhost:3000/a?b=c#d'],
    ['https://app.example.org/desk', 'https://app.example.org/desk'],
    ['https://app.example.org:443/desk/deep/er?x', 'https://app.example.org/desk/deep/er?x'],
    ['https://app.example.org/other/../desk/', 'https://app.example.org/desk/'],
    ['http://2130706433:8001/', 'http://127.0.0.1:8001/'],
    ['/base/acme_orders#list', 'https://signalbox.example.org/base/acme_orders#list'],
    [OWN, OWN],
  ])('%s', (next, href) => expect(find(next)).toBe(href));
});

describe('where it must not', () => {
  it.each([
    '',
    '/',
    'desk',
    '//evil.example.org',
    '///evil.example.org',
    '/\\evil.example.org',
    '\\\\evil.example.org',
    '/\t/evil.example.org',
    ' http://localhost:3000/',
    'http://localhost:3000/\r\nx: y',
    'http://localhost:3000/\u0000',
    'http:localhost:3000',
    'http:/localhost:3000',
    'http://localhost',
    'http://localhost:30001',
    'http://localhost:3000.evil.example.org/',
    'http://localhost:3000@evil.example.org/',
    'http://evil.example.org#@localhost:3000/',
    'http://evil.example.org\\@localhost:3000/',
    'http://ann@localhost:3000/',
    'http://:x@localhost:3000/',
    'https://localhost:3000/',
    'http://localhost.:3000/',
    'http://127.0.0.2:8001/',
    'http://app.example.org/desk',
    'https://app.example.org/',
    'https://app.example.org/desktop',
    'https://app.example.org/desk/../admin',
    'https://app.example.org/desk/%2e%2e/admin',
    'https://app.example.org/desk/..%2fadmin',
    'https://app.example.org/desk/..%5Cadmin',
    'https://app.example.org.evil.example.org/desk',
    'https://sub.app.example.org/desk',
    'https://signalbox.example.org/',
    'https://signalbox.example.org/based',
    'javascript:alert(1)',
    'JavaScript://localhost:3000/%0aalert(1)',
    'data:text/html,x',
    'ftp://localhost:3000/',
    'file:///etc/passwd',
    'blob:http://localhost:3000/x',
    `http://localhost:3000/${'x'.repeat(2_000)}`,
  ])('%j', (next) => expect(find(next)).toBeUndefined());

  it('whatever is put together of the parts of addresses', () => {
    const part = fc.constantFrom(
      ...[
        'http:',
        'https:',
        '/',
        '//',
        '\\',
        '@',
        ':',
        '?',
        '#',
        '.',
        '..',
        '%2f',
        '%00',
        '\t',
        '\n',
        ' ',
        ':3000',
      ],
      ...[
        'localhost',
        'localhost:3000',
        'app.example.org',
        'desk',
        'evil.example.org',
        'ann',
        '127.0.0.1:8001',
      ],
    );
    const origins = [
      'http://localhost:3000',
      'https://app.example.org',
      'http://127.0.0.1:8001',
      new URL(OWN).origin,
    ];
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const href = find(parts.join(''));
        if (href === undefined) return;
        // What we send is what a browser goes to: it must read the same in every place.
        const url = new URL(href);
        expect(origins).toContain(url.origin);
        expect(url.href).toBe(href);
        expect(href).toMatch(/^https?:\/\/[\w.:]+\/[!-~]*$/);
        if (url.host === 'app.example.org') expect(url.pathname).toMatch(/^\/desk(\/|$)/);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('entries of the list', () => {
  it.each([
    'localhost:3000',
    '*',
    'http://*.example.org',
    'http://',
    '//x',
    'http://a@b',
    'http://x/?y',
    'http://x/#y',
    'javascript:x',
    'http://x\\y',
  ])('are not %j', (entry) => expect(nextEntries(['http://localhost:3000', entry])).toBeUndefined());

  it('are addresses', () => {
    expect(nextEntries(['http://localhost:3000', 'https://x/y/'])).toHaveLength(2);
    expect(nextEntries([])).toEqual([]);
  });
});

describe('the token in an address', () => {
  const token = 'ey.J-_.x';
  it.each([
    ['http://x/', 'http://x/?jwt=ey.J-_.x'],
    ['http://x/?a=b%20c&d#/e?f', 'http://x/?a=b%20c&d&jwt=ey.J-_.x#/e?f'],
    ['http://x/?jwt=old&a&jwt=older&%6Awt=oldest', 'http://x/?a&jwt=ey.J-_.x'],
    ['http://x/?', 'http://x/?jwt=ey.J-_.x'],
  ])('%s', (next, expected) => expect(withToken(new URL(next), token)).toBe(expected));

  it('is not there where there is none, nor is one that somebody put there', () => {
    expect(withToken(new URL('http://x/?jwt=planted&a=b'))).toBe('http://x/?a=b');
    expect(withToken(new URL('http://x/?jwt=planted'))).toBe('http://x/');
  });
});
