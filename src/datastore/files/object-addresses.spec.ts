import { describe, expect, it } from '@jest/globals';
import type { Actor } from '../../platform/access/actor.js';
import type { LocalSignedUrls, SignedUrls } from '../../storage/index.js';
import { ObjectAddresses } from './object-addresses.js';

const ANN = { userid: 'ann' } as Actor;

/** The addresses of a program whose objects lie at these places. */
function addresses(...places: string[]): ObjectAddresses {
  const urls = { places: () => places } as unknown as SignedUrls;
  return new ObjectAddresses(urls, {
    places: () => ['signalbox.example.org/objects'],
  } as unknown as LocalSignedUrls);
}

describe('what addresses of files begin with', () => {
  it('is as the original has it: both schemes, with and without their ports, each place', () => {
    expect(addresses('H/B', 'B').prefixes(ANN).prefixes).toEqual([
      'http://H:80/B/ann',
      'http://H/B/ann',
      'http://B:80/ann',
      'http://B/ann',
      'https://H:443/B/ann',
      'https://H/B/ann',
      'https://B:443/ann',
      'https://B/ann',
    ]);
  });

  it('has no second port where there is one', () => {
    expect(addresses('localhost:3000/objects').prefixes(ANN).prefixes).toEqual([
      'http://localhost:3000/objects/ann',
      'https://localhost:3000/objects/ann',
    ]);
  });
});

describe('the file that an address names', () => {
  const known = addresses('s3.example.org/bucket', 'bucket.s3.example.org', 'localhost:3000/files/objects');

  it.each([
    ['https://s3.example.org/bucket/ann/a.csv', 'ann/a.csv'],
    ['http://s3.example.org:80/bucket/ann/a.csv', 'ann/a.csv'],
    ['http://S3.example.org:443/bucket/ann/a.csv', 'ann/a.csv'],
    ['https://bucket.s3.example.org/ann/a.csv?X-Amz-Signature=1#x', 'ann/a.csv'],
    ['https://bucket.s3.example.org/ann/a%20b/%C3%A9%23.csv', 'ann/a b/é#.csv'],
    ['http://localhost:3000/files/objects/ann/a.csv', 'ann/a.csv'],
    ['https://signalbox.example.org/objects/ann/a.csv', 'ann/a.csv'],
    ['https://signalbox.example.org/objects/ann/x/../a.csv', 'ann/a.csv'],
  ])('%s', (url, key) => {
    expect(known.keyOf(url)).toBe(key);
  });

  it.each([
    'https://s3.example.org/bucket',
    'https://s3.example.org/bucket/',
    'https://s3.example.org/bucketeer/ann/a.csv',
    'https://s3.example.org/other/ann/a.csv',
    'https://s3.example.org.evil.example/bucket/ann/a.csv',
    'https://evil.example/s3.example.org/bucket/ann/a.csv',
    'https://s3.example.org@evil.example/bucket/ann/a.csv',
    'https://user:secret@s3.example.org/bucket/ann/a.csv',
    'https://s3.example.org:8443/bucket/ann/a.csv',
    'http://localhost/files/objects/ann/a.csv',
    'ftp://s3.example.org/bucket/ann/a.csv',
    'https://s3.example.org/bucket/../other/ann/a.csv',
    'https://s3.example.org/bucket/ann%2Fa.csv',
    'https://s3.example.org/bucket/ann/%2e%2e%2fbob/a.csv',
    'https://s3.example.org/bucket/ann//a.csv',
    'https://s3.example.org/bucket/ann/%00',
    'https://s3.example.org/bucket/ann/%ff',
    '//s3.example.org/bucket/ann/a.csv',
    '/objects/ann/a.csv',
    '',
  ])('is none of ours: %s', (url) => {
    expect(known.keyOf(url)).toBeUndefined();
  });
});
