import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isErrno, syncDirectory } from './local-files.js';
import { directoryOf, FILES, hasNoLink, walkKeys } from './local-layout.js';
import { parseKeyPrefix, parseObjectKey } from './object-key.js';
import {
  MAX_PAGE,
  ObjectStore,
  type ByteRange,
  type ListOptions,
  type ObjectInfo,
  type ObjectPage,
  type PutOptions,
  type StoredObject,
} from './object-store.port.js';
import {
  InvalidObjectKeyError,
  InvalidObjectRequestError,
  ObjectMismatchError,
  ObjectNotFoundError,
  ObjectTooLargeError,
  StorageFullError,
} from './storage.errors.js';

/** A temporary file that nobody has written to for this long was left by a crash. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
/** Bytes hashed at a stretch, so that a large buffer does not hold up the event loop. */
const SLICE = 256 * 1024;
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Keeps objects as files below one directory, for one machine; several processes may share it. A write goes to a
 * temporary file of the same file system, which is synced and then renamed.
 */
export class LocalObjectStore extends ObjectStore {
  #directories: { objects: string; incoming: string } | undefined;

  /** @param root directory of the store; made by `open` if it is not there, private to its user */
  constructor(private readonly root: string) {
    super();
  }

  /** Makes the directories and removes what writes that crashed an hour ago or more have left. Call it first. */
  async open(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const root = await realpath(this.root);
    const [objects, incoming] = [join(root, 'objects'), join(root, 'incoming')];
    await mkdir(objects, { recursive: true, mode: 0o700 });
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    await syncDirectory(root);
    await sweep(incoming, Date.now() - ABANDONED_AFTER_MS);
    this.#directories = { objects, incoming };
  }

  override async put(key: string, body: Readable | Buffer, options: PutOptions = {}): Promise<StoredObject> {
    const segments = parseObjectKey(key);
    checkExpectation(options);
    options.signal?.throwIfAborted();
    const temporary = join(this.#opened().incoming, randomUUID());
    try {
      const received = await writeFile(temporary, body, options);
      const directory = await this.#makeDirectory(segments);
      options.signal?.throwIfAborted();
      await rename(temporary, join(directory, segments.at(-1)!));
      await syncDirectory(directory);
      return { key, ...received };
    } catch (error) {
      await rm(temporary, { force: true });
      // EFBIG: the file system or the limits of the process allow no file as long as this.
      throw isErrno(error, 'ENOSPC', 'EDQUOT', 'EFBIG') ? new StorageFullError(error) : error;
    }
  }

  override async get(key: string, range: ByteRange = { start: 0 }): Promise<Readable> {
    const path = await this.#find(key);
    checkRange(range);
    const file = path === undefined ? undefined : await openFile(path);
    if (file === undefined) throw new ObjectNotFoundError(key);
    return file.createReadStream({ start: range.start, end: range.end ?? Number.MAX_SAFE_INTEGER });
  }

  override async head(key: string): Promise<ObjectInfo | null> {
    const path = await this.#find(key);
    return path === undefined ? null : describe(key, path);
  }

  override async delete(key: string): Promise<void> {
    const path = await this.#find(key);
    if (path === undefined) return;
    try {
      await unlink(path);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return;
      throw error;
    }
    await syncDirectory(join(path, '..'));
  }

  override async list(prefix: string, { after, limit }: ListOptions): Promise<ObjectPage> {
    const start = parseKeyPrefix(prefix);
    if (after !== undefined) parseObjectKey(after);
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      throw new InvalidObjectRequestError(`A page holds 1 to ${MAX_PAGE} objects: ask for as many.`);
    }
    const objects: ObjectInfo[] = [];
    for await (const key of walkKeys(this.#opened().objects, start, after)) {
      const last = objects.at(-1);
      if (last && objects.length === limit) return { objects, next: last.key };
      const info = await describe(key, this.#pathOf(parseObjectKey(key)));
      if (info) objects.push(info);
    }
    return { objects };
  }

  #opened() {
    if (!this.#directories) throw new Error('LocalObjectStore.open() has not been called.');
    return this.#directories;
  }

  #pathOf(segments: readonly string[]): string {
    return join(directoryOf(this.#opened().objects, segments), segments.at(-1)!);
  }

  /** Where the object would lie, or undefined if its directory is missing or behind a link. */
  async #find(key: string): Promise<string | undefined> {
    const segments = parseObjectKey(key);
    const isThere = await hasNoLink(directoryOf(this.#opened().objects, segments));
    return isThere ? this.#pathOf(segments) : undefined;
  }

  /** Makes the directory of an object durable, level by level, so that no link on the way is followed. */
  async #makeDirectory(segments: readonly string[]): Promise<string> {
    let directory = this.#opened().objects;
    for (const name of [...segments.slice(0, -1), FILES]) {
      const parent = directory;
      directory = join(parent, name);
      await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
        if (!isErrno(error, 'EEXIST')) throw error;
      });
      if (!(await hasNoLink(directory))) {
        throw new InvalidObjectKeyError('its place in the store is taken by a link');
      }
      // Also where it was there already: who made it a moment ago may not have come to this line yet.
      await syncDirectory(parent);
    }
    return directory;
  }
}

/** Writes the whole body to a new file and syncs it; returns what was received. Leaves the file if it fails. */
async function writeFile(
  path: string,
  body: Readable | Buffer,
  options: PutOptions,
): Promise<Omit<StoredObject, 'key'>> {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const slice of slicesOf(body, options.signal)) {
      size += slice.length;
      checkSize(size, options);
      md5.update(slice);
      sha256.update(slice);
      await file.writeFile(slice);
    }
    const received = { size, md5: md5.digest('hex'), sha256: sha256.digest('hex') };
    checkReceived(received, options);
    await file.sync();
    return received;
  } finally {
    await file.close();
  }
}

async function* slicesOf(body: Readable | Buffer, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const stream = Buffer.isBuffer(body) ? undefined : body;
  const onAbort = () => stream?.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const chunks = stream?.iterator({ destroyOnReturn: false }) ?? [body];
    for await (const chunk of chunks as AsyncIterable<Buffer | string>) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      for (let at = 0; at < bytes.length; at += SLICE) {
        signal?.throwIfAborted();
        yield bytes.subarray(at, at + SLICE);
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function checkExpectation({ expected, maxBytes }: PutOptions): void {
  if (expected?.length !== undefined && maxBytes !== undefined && expected.length > maxBytes) {
    throw new ObjectTooLargeError(maxBytes);
  }
  if (expected?.md5Base64 !== undefined && Buffer.from(expected.md5Base64, 'base64').length !== 16) {
    throw new InvalidObjectRequestError('The announced MD5 is not the base64 form of 16 bytes: correct it.');
  }
}

function checkSize(size: number, { expected, maxBytes }: PutOptions): void {
  if (maxBytes !== undefined && size > maxBytes) throw new ObjectTooLargeError(maxBytes);
  if (expected?.length !== undefined && size > expected.length) {
    throw new ObjectMismatchError('length', `${expected.length}`, `over ${expected.length}`);
  }
}

function checkReceived({ size, md5 }: { size: number; md5: string }, { expected }: PutOptions): void {
  if (expected?.length !== undefined && size !== expected.length) {
    throw new ObjectMismatchError('length', `${expected.length}`, `${size}`);
  }
  const announced = expected?.md5Base64;
  const actual = Buffer.from(md5, 'hex').toString('base64');
  if (announced !== undefined && announced !== actual)
    throw new ObjectMismatchError('MD5', announced, actual);
}

function checkRange({ start, end }: ByteRange): void {
  const isPosition = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (!isPosition(start) || (end !== undefined && (!isPosition(end) || end < start))) {
    throw new InvalidObjectRequestError(
      'The range is not one: give a start from 0 and an end not before it.',
    );
  }
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, READ_FLAGS);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP')) return undefined;
    throw error;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

async function describe(key: string, path: string): Promise<ObjectInfo | null> {
  try {
    const found = await lstat(path);
    return found.isFile() ? { key, size: found.size, modifiedAt: found.mtime } : null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Removes temporary files last written before a time; younger ones may be another process's work. */
async function sweep(directory: string, before: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const found = await describe(name, path);
    if (found && found.modifiedAt.getTime() < before) await rm(path, { force: true });
  }
}
