import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddressGuard, isPublicAddress, literalAddress, parseOutboundUrl } from './address-guard.js';

describe('isPublicAddress', () => {
  // Neighbours of the refused ranges, so that a range drawn too wide shows.
  it.each(
    `1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15
     168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0
     198.17.255.255 198.20.0.0 223.255.255.255 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111
     ::ffff:8.8.8.8`.split(/\s+/),
  )('accepts %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(['', 'host.test', '8.8.8', '0x8.8.8.8', '[2003::1]', '8.8.8.8/32'])(
    'refuses %p, no address',
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );

  it('judges every spelling of an IPv4 address alike', () => {
    const anyAddress = fc.oneof(
      fc.nat(0xffffffff),
      fc
        .constantFrom(0x0a000000, 0x7f000000, 0xa9fea900, 0xac100000, 0xc0a80000)
        .chain((base) => fc.nat(0xffff).map((rest) => (base | rest) >>> 0)),
    );
    fc.assert(
      fc.property(anyAddress, (address) => {
        const bytes = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
        const dotted = bytes.join('.');
        const spellings = [
          String(address),
          `0x${address.toString(16)}`,
          `0${address.toString(8)}`,
          `${bytes[0]}.${address & 0xffffff}`,
          bytes.map((byte) => `0x${byte.toString(16)}`).join('.'),
          bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
          `[::ffff:${dotted}]`,
        ];
        for (const spelling of spellings) {
          const literal = literalAddress(parseOutboundUrl(`http://${spelling}/`));
          expect([spelling, isPublicAddress(literal ?? '')]).toEqual([spelling, isPublicAddress(dotted)]);
        }
      }),
    );
  });
});

describe('AddressGuard', () => {
  it('permits a listed host whatever it leads to, in any spelling of its name, and not its subdomains', () => {
    const guard = new AddressGuard(['Store.Test', 'bücher.test.', 'localhost']);
    expect(guard.permits('store.test', ['10.0.0.1'])).toBe(true);
    expect(guard.permits('store.test.', ['10.0.0.1'])).toBe(true);
    expect(guard.permits('xn--bcher-kva.test', ['127.0.0.1'])).toBe(true);
    expect(guard.permits('a.store.test', ['10.0.0.1'])).toBe(false);
    expect(guard.permits('127.0.0.1', ['127.0.0.1'])).toBe(false);
  });

  it('permits listed addresses and ranges, and only when all addresses of the host are in order', () => {
    const guard = new AddressGuard(['10.1.0.0/16', '192.168.0.7', '::1', '[fd00::7]', 'fd01::/16', '0x7f.2']);
    for (const address of [
      '10.1.2.3',
      '192.168.0.7',
      '::1',
      'fd00::7',
      'fd01::9',
      '::ffff:10.1.2.3',
      '127.0.0.2',
    ]) {
      expect([address, guard.permits('any.test', [address, '8.8.8.8'])]).toEqual([address, true]);
      expect([address, guard.permits('any.test', [address, '10.2.0.1'])]).toEqual([address, false]);
    }
    for (const address of ['192.168.0.8', '::2', 'fd00::8', 'fd02::9', '127.0.0.1']) {
      expect([address, guard.permits('any.test', [address])]).toEqual([address, false]);
    }
    expect(guard.permits('any.test', [])).toBe(false);
  });

  it.each([
    '',
    'a b',
    'http://host',
    'host:8080',
    'host/path',
    'user@host',
    '10.0.0.0/33',
    '*.host',
    '::1:x',
  ])('refuses %p as an entry', (entry) => {
    expect(() => new AddressGuard([entry])).toThrow(/^OUTBOUND_ALLOW: "/);
  });
});
