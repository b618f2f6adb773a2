import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './local-files.js';
import { parseObjectKey } from './object-key.js';

/**
 * The objects of one level lie in a directory of this name beside the directories of the next level, because `a`
 * and `a/b` are both good keys, but not both good files. No segment of a key can be named so.
 */
export const FILES = '%2F';

/** The directory in which the object with these segments lies. */
export function directoryOf(root: string, segments: readonly string[]): string {
  return join(root, ...segments.slice(0, -1), FILES);
}

/** Whether the path is there and no symbolic link is a part of it. The root is a real path itself. */
export async function hasNoLink(path: string): Promise<boolean> {
  try {
    return (await realpath(path)) === path;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false;
    throw error;
  }
}

/**
 * The keys under `root` that begin with the segments and then `rest`, and come after `after`, in the order of their
 * bytes. Links, and files that no key can name, are passed over.
 */
export async function* walkKeys(
  root: string,
  { segments, rest }: { segments: readonly string[]; rest: string },
  after: string | undefined,
): AsyncGenerator<string> {
  const directory = join(root, ...segments);
  if (!(await hasNoLink(directory))) return;
  const base = segments.map((segment) => `${segment}/`).join('');
  const directories = await namesIn(directory, 'directory');
  // A link in the place of the files' directory is not among the directories.
  const files = directories.includes(FILES) ? await namesIn(join(directory, FILES), 'file') : [];
  const below = directories.filter((name) => name !== FILES).map((name) => `${name}/`);
  const entries = [...files, ...below]
    .filter((name) => name.startsWith(rest))
    .map((name) => ({ name, key: Buffer.from(base + name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const mark = after === undefined ? undefined : Buffer.from(after);

  for (const { name, key } of entries) {
    const isPast = mark === undefined || Buffer.compare(key, mark) > 0;
    if (!name.endsWith('/')) {
      if (isPast && isKey(base + name)) yield base + name;
    } else if (isPast || after?.startsWith(base + name)) {
      yield* walkKeys(root, { segments: [...segments, name.slice(0, -1)], rest: '' }, after);
    }
  }
}

async function namesIn(directory: string, kind: 'file' | 'directory'): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return []; // its last file was deleted just now
    throw error;
  });
  return entries
    .filter((entry) => (kind === 'file' ? entry.isFile() : entry.isDirectory()))
    .map(({ name }) => name);
}

function isKey(key: string): boolean {
  try {
    parseObjectKey(key);
    return true;
  } catch {
    return false;
  }
}
