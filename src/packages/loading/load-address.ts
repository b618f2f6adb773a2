/** Ports that an address need not name. */
const DEFAULT_PORTS = new Set(['', '80', '443']);

/**
 * What the address of a descriptor is known by. Clients ask for a load with other forms of the address than the one that
 * they began it with: https for http, a port that goes without saying, without `/final/` (os-admin and os-packager do).
 * @param key the object that it is the address of, where it is one of ours: it has several addresses
 */
export function loadAddress(url: URL, key: string | undefined): string {
  if (key !== undefined) return `object:${withoutFinal(`/${key}`)}`;
  const port = DEFAULT_PORTS.has(url.port) ? '' : `:${url.port}`;
  return `//${url.hostname}${port}${withoutFinal(url.pathname)}${url.search}`;
}

/** Where the originals keep what they made of a package. */
function withoutFinal(path: string): string {
  return path.replace('/final/datapackage.json', '/datapackage.json');
}
