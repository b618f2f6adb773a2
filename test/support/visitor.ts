/** A browser without pages: it keeps cookies per host and goes where answers send it, one step at a time. */
export class Visitor {
  private cookies: { host: string; path: string; name: string; value: string }[] = [];

  /** One request; a redirect is an answer. */
  async open(url: string, init: RequestInit = {}): Promise<Response> {
    const { hostname, pathname } = new URL(url);
    const cookie = this.cookies
      .filter(({ host, path }) => host === hostname && pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const headers = { ...(init.headers as Record<string, string>), ...(cookie !== '' && { cookie }) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.keep(hostname, line);
    return response;
  }

  /** Follows redirects until an answer is none, or leads to an address that `until` knows; returns where it stopped. */
  async follow(url: string, until: (url: string) => boolean): Promise<{ url: string; response: Response }> {
    for (let steps = 0; steps < 20; steps++) {
      const response = await this.open(url);
      const location = response.headers.get('location');
      if (location === null) return { url, response };
      url = new URL(location, url).href;
      if (until(url)) return { url, response };
    }
    throw new Error(`redirects without an end, the last to ${url}`);
  }

  /** Forgets the cookies of which the name has this in it. */
  forget(name: string): void {
    this.cookies = this.cookies.filter((cookie) => !cookie.name.includes(name));
  }

  private keep(host: string, line: string): void {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const [name, value] = [pair!.slice(0, pair!.indexOf('=')), pair!.slice(pair!.indexOf('=') + 1)];
    const of = (wanted: string) =>
      attributes
        .find((attribute) => attribute.toLowerCase().startsWith(`${wanted}=`))
        ?.slice(wanted.length + 1);
    const path = of('path') ?? '/';
    this.cookies = this.cookies.filter((old) => old.host !== host || old.name !== name || old.path !== path);
    const expires = of('expires');
    if (value !== '' && (expires === undefined || Date.parse(expires) > Date.now()))
      this.cookies.push({ host, path, name, value });
  }
}
