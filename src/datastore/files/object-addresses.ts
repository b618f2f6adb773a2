import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { InvalidObjectKeyError, LocalSignedUrls, parseObjectKey, SignedUrls } from '../../storage/index.js';
import type { PrefixesDto } from '../uploads/dto/upload.dto.js';

const SCHEMES = [
  ['http', '80'],
  ['https', '443'],
] as const;

/** The addresses of files: what they begin with, and which file one of them names. */
@Injectable()
export class ObjectAddresses {
  constructor(
    private readonly urls: SignedUrls,
    private readonly local: LocalSignedUrls,
  ) {}

  /** Whether files are sent and fetched elsewhere: nobody tells us of it then, and nobody here checks what comes. */
  get areElsewhere(): boolean {
    return this.urls !== this.local;
  }

  /** What addresses of the actor's files begin with: clients do not upload again what they find there. */
  prefixes(actor: Actor): PrefixesDto {
    const prefixes = SCHEMES.flatMap(([scheme, port]) =>
      this.urls.places().flatMap((place) => {
        const { host, path } = split(place);
        const hosts = host.includes(':') ? [host] : [`${host}:${port}`, host];
        return hosts.map((written) => `${scheme}://${written}${path}/${actor.userid}`);
      }),
    );
    return { prefixes };
  }

  /**
   * The key of the file that an address of ours names, signed or not: with http or https, with the port that goes
   * without saying or not, percent-encoded or not. Nothing for other addresses.
   */
  keyOf(address: string): string | undefined {
    const url = URL.parse(address);
    const isKnown = SCHEMES.some(([scheme]) => url?.protocol === `${scheme}:`);
    if (!url || !isKnown || url.username !== '' || url.password !== '') return undefined;
    for (const place of [...this.urls.places(), ...this.local.places()]) {
      const { host, path } = split(place.toLowerCase());
      const isThere = withoutPort(url.host) === withoutPort(host);
      if (!isThere || !url.pathname.toLowerCase().startsWith(`${path}/`)) continue;
      const key = decodeKey(url.pathname.slice(path.length + 1));
      if (key !== undefined) return key;
    }
    return undefined;
  }
}

function split(place: string): { host: string; path: string } {
  const slash = `${place}/`.indexOf('/');
  return { host: place.slice(0, slash), path: place.slice(slash) };
}

/** Without a port that goes without saying. */
function withoutPort(host: string): string {
  return host.replace(/:(?:80|443)$/, '');
}

function decodeKey(encoded: string): string | undefined {
  try {
    const segments = encoded.split('/').map(decodeURIComponent);
    if (segments.some((segment) => segment.includes('/'))) return undefined;
    const key = segments.join('/');
    parseObjectKey(key);
    return key;
  } catch (error) {
    if (error instanceof URIError || error instanceof InvalidObjectKeyError) return undefined;
    throw error;
  }
}
