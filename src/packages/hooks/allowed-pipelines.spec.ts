import { describe, expect, it } from '@jest/globals';
import { isAllowedPipeline } from './allowed-pipelines.js';

const ALLOWED = [
  'https://open.example.org',
  'https://one.example.org/execute/rdf',
  'https://q.example.org/?run=1',
];

describe('the pipelines that packages may be handed to', () => {
  it.each([
    'https://open.example.org/any/path?and=query',
    'https://OPEN.example.org:443/',
    'https://one.example.org/execute/rdf',
    'https://one.example.org/other/../execute/rdf',
    'https://q.example.org/?run=1',
  ])('%s is one', (url) => expect(isAllowedPipeline(ALLOWED, url)).toBe(true));

  it.each([
    '',
    'not an address',
    '/execute/rdf',
    'http://open.example.org/',
    'https://open.example.org:444/',
    'https://open.example.org.evil.org/',
    'https://open.example.org@evil.org/',
    'https://user:word@open.example.org/',
    'https://one.example.org/',
    'https://one.example.org/execute/rdf/more',
    'https://one.example.org/execute/rdf?other',
    'https://one.example.org/execute/%72df',
    'https://q.example.org/',
    'file:///etc/passwd',
  ])('%s is none', (url) => expect(isAllowedPipeline(ALLOWED, url)).toBe(false));

  it('are none where nobody said so', () =>
    expect(isAllowedPipeline([], 'https://open.example.org/')).toBe(false));
});
