const MAX_LENGTH = 2_000;
/** The URL parser takes them for a slash, or drops them: whoever reads the text sees another address than a browser. */
const CONFUSING = /[\s\\\p{C}]/u;
/** A slash that one server reads as a part of a name and another as a slash. */
const HIDDEN_SLASH = /%(?:2f|5c)/i;

/** Addresses that a sign-in may return to, with a token in them. */
export class NextAllowList {
  private readonly entries: readonly URL[];

  /** @param entries as `nextEntries` takes them */
  constructor(entries: readonly string[]) {
    this.entries = nextEntries(entries) ?? [];
  }

  /**
   * The address that `next` asks for; nothing where it is no address of the list or below `own`.
   * @param next an absolute URL, or a path of this server
   * @param own the base of this server's addresses, with a slash at its end
   */
  find(next: string, own: string): URL | undefined {
    if (next.length > MAX_LENGTH || CONFUSING.test(next)) return undefined;
    if (!/^(?:https?:\/\/|\/(?!\/))/i.test(next)) return undefined;
    const url = URL.parse(next, own);
    if (!url || url.username !== '' || url.password !== '') return undefined;
    return [new URL(own), ...this.entries].some((entry) => isWithin(url, entry)) ? url : undefined;
  }
}

/** The entries of an allow-list, read; nothing where one of them is no address, or says more than an address. */
export function nextEntries(entries: readonly string[]): URL[] | undefined {
  const urls = entries.map((entry) => (CONFUSING.test(entry) ? null : URL.parse(entry)));
  const fit = urls.every(
    (url) =>
      url !== null &&
      /^https?:$/.test(url.protocol) &&
      !url.host.includes('*') && // to the parser it is a letter like others, to whoever writes it a hope
      url.username === '' &&
      url.password === '' &&
      url.search === '' &&
      url.hash === '',
  );
  return fit ? (urls as URL[]) : undefined;
}

/** Whether the host is this machine, as the URL parser writes it. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** The address with a token in its query, or without any; the other parameters stay as they are. */
export function withToken(next: URL, token?: string): string {
  const url = new URL(next);
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !new URLSearchParams(pair).has('jwt'));
  url.search = [...others, ...(token === undefined ? [] : [`jwt=${token}`])].join('&');
  return url.href;
}

/** Whether the address has the origin of the entry and its path, or one below it. */
function isWithin(url: URL, entry: URL): boolean {
  if (url.origin !== entry.origin) return false;
  if (entry.pathname === '/') return true;
  const path = entry.pathname.replace(/\/$/, '');
  return (url.pathname === path || url.pathname.startsWith(`${path}/`)) && !HIDDEN_SLASH.test(url.pathname);
}
