import { posix } from 'node:path';

const VARIABLE = /\{(\w+)\}/g;
/** Clients of DataHub put keys into addresses without encoding them. */
const NOT_URL_SAFE = /[^\w.~!$'()*,;:@/-]/;

/** What a key is made of. */
export interface PathValues {
  readonly owner: string;
  readonly dataset: string | null;
  readonly path: string;
  /** In hex. */
  readonly md5: string;
  /** What else the description of the file says. */
  readonly others: Readonly<Record<string, string>>;
}

/** A key, or why there is none. */
export type StoragePath = { readonly key: string } | { readonly fault: string };

/**
 * The key that a pattern such as `{owner}/{dataset}/{path}` gives a file. `{extension}` has its dot; `{md5}` is
 * base64url, `{md5_hex}` hex. Empty segments are left out.
 */
export function storagePath(pattern: string, { owner, dataset, path, md5, others }: PathValues): StoragePath {
  const { dir, base, ext } = posix.parse(path);
  const values = new Map<string, string>([
    ...Object.entries(others),
    ...(dataset === null ? [] : ([['dataset', dataset]] as const)),
    ['owner', owner],
    ['path', path],
    ['dirname', dir],
    ['basename', base],
    ['extension', ext],
    ['md5', Buffer.from(md5, 'hex').toString('base64url')],
    ['md5_hex', md5],
  ]);
  const missing = [...pattern.matchAll(VARIABLE)].map(([, name]) => name!).find((name) => !values.has(name));
  if (missing !== undefined)
    return { fault: `its place in the store is made with ${missing}, which is not given` };
  const filled = pattern.replace(VARIABLE, (_, name: string) => values.get(name)!);
  const key = filled.split('/').filter(Boolean).join('/');
  const unsafe = NOT_URL_SAFE.exec(key)?.[0];
  if (unsafe === undefined) return { key };
  return { fault: `the character ${JSON.stringify(unsafe)} cannot stand in its address` };
}
