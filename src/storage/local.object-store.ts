import { randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { KeyTurns } from './key-turns.js';
import { isErrno, syncDirectory } from './local-files.js';
import { directoryOf, FILES, hasNoLink, walkKeys } from './local-layout.js';
import { parseKeyPrefix, parseObjectKey } from './object-key.js';
import {
  ObjectStore,
  type ByteRange,
  type ListOptions,
  type ObjectInfo,
  type ObjectPage,
  type PutOptions,
  type StoredObject,
} from './object-store.port.js';
import { checkLimit, checkRange, ReceivedBody, type Received } from './received-body.js';
import {
  InvalidObjectKeyError,
  ObjectChangedError,
  ObjectNotFoundError,
  StorageFullError,
} from './storage.errors.js';

/** A temporary file that nobody has written to for this long was left by a crash. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
/** How often a file is moved into a directory that others remove at the same time. */
const MOVE_TRIES = 20;
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Keeps objects as files below one directory, for one machine; several processes may share it. A write goes to a
 * temporary file of the same file system, which is synced and then renamed.
 */
export class LocalObjectStore extends ObjectStore {
  readonly #turns = new KeyTurns();
  #directories: { objects: string; incoming: string } | undefined;

  /** @param root directory of the store; made by `open` if it is not there, private to its user */
  constructor(private readonly root: string) {
    super();
  }

  /** Makes the directories, and tidies. Call it first. */
  async open(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const root = await realpath(this.root);
    const [objects, incoming] = [join(root, 'objects'), join(root, 'incoming')];
    await mkdir(objects, { recursive: true, mode: 0o700 });
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    await syncDirectory(root);
    this.#directories = { objects, incoming };
    await this.tidy();
  }

  override async put(key: string, body: Readable | Buffer, options: PutOptions = {}): Promise<StoredObject> {
    const segments = parseObjectKey(key);
    const expected = new ReceivedBody(body, options);
    const temporary = join(this.#opened().incoming, randomUUID());
    try {
      const received = await writeFile(temporary, expected);
      await this.#turns.run(key, async () => {
        await options.confirm?.();
        options.signal?.throwIfAborted();
        await this.#moveIn(temporary, segments);
      });
      return { key, ...received };
    } catch (error) {
      await rm(temporary, { force: true });
      // EFBIG: the file system or the limits of the process allow no file as long as this.
      throw isErrno(error, 'ENOSPC', 'EDQUOT', 'EFBIG') ? new StorageFullError(error) : error;
    }
  }

  override async get(key: string, range: ByteRange = { start: 0 }, etag?: string): Promise<Readable> {
    const path = await this.#find(key);
    checkRange(range);
    const file = path === undefined ? undefined : await openFile(path);
    if (file === undefined) throw new ObjectNotFoundError(key);
    if (etag !== undefined && etagOf(await file.stat({ bigint: true })) !== etag) {
      await file.close();
      throw new ObjectChangedError(key);
    }
    return file.createReadStream({ start: range.start, end: range.end ?? Number.MAX_SAFE_INTEGER });
  }

  override async head(key: string): Promise<ObjectInfo | null> {
    const path = await this.#find(key);
    return path === undefined ? null : describe(key, path);
  }

  override async delete(key: string, etag?: string): Promise<void> {
    await this.#turns.run(key, async () => {
      const path = await this.#find(key);
      if (path === undefined) return;
      if (etag !== undefined && (await describe(key, path))?.etag !== etag) return;
      try {
        await unlink(path);
        await syncDirectory(dirname(path));
      } catch (error) {
        // Not there; or nothing else was there, and who removed that took the directory away too.
        if (!isErrno(error, 'ENOENT')) throw error;
      }
      await removeEmpty(dirname(path), this.#opened().objects);
    });
  }

  override async list(prefix: string, { after, limit }: ListOptions): Promise<ObjectPage> {
    const start = parseKeyPrefix(prefix);
    if (after !== undefined) parseObjectKey(after);
    checkLimit(limit);
    const objects: ObjectInfo[] = [];
    for await (const key of walkKeys(this.#opened().objects, start, after)) {
      const last = objects.at(-1);
      if (last && objects.length === limit) return { objects, next: last.key };
      const info = await describe(key, this.#pathOf(parseObjectKey(key)));
      if (info) objects.push(info);
    }
    return { objects };
  }

  override async tidy(): Promise<void> {
    await sweep(this.#opened().incoming, Date.now() - ABANDONED_AFTER_MS);
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

  /** Gives a file its place, again where who deleted the last file of a directory just took that away. */
  async #moveIn(temporary: string, segments: readonly string[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const directory = await this.#makeDirectory(segments, tries);
        if (directory === undefined) continue;
        await rename(temporary, join(directory, segments.at(-1)!));
        return await syncDirectory(directory);
      } catch (error) {
        if (tries === MOVE_TRIES || !isErrno(error, 'ENOENT')) throw error;
      }
    }
  }

  /** Makes the directory of an object durable, level by level, so that no link on the way is followed; undefined: begin again. */
  async #makeDirectory(segments: readonly string[], tries: number): Promise<string | undefined> {
    let directory = this.#opened().objects;
    for (const name of [...segments.slice(0, -1), FILES]) {
      const parent = directory;
      directory = join(parent, name);
      await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
        if (!isErrno(error, 'EEXIST')) throw error;
      });
      if (!(await hasNoLink(directory))) {
        // A directory that is there, or nothing: somebody has removed it, and perhaps another made it again.
        const isLink = await lstat(directory).then((found) => !found.isDirectory());
        if (isLink || tries === MOVE_TRIES)
          throw new InvalidObjectKeyError('its place in the store is taken by a link');
        return undefined;
      }
      // Also where it was there already: who made it a moment ago may not have come to this line yet.
      await syncDirectory(parent);
    }
    return directory;
  }
}

/** Bytes after which the system is asked to write them to the disk, while others come. */
const SYNC_BYTES = 64 * 1024 ** 2;

/** Writes the whole body to a new file and syncs it; returns what was received. Leaves the file if it fails. */
async function writeFile(path: string, body: ReceivedBody): Promise<Received> {
  const file = await open(path, 'wx', 0o600);
  let writing: Promise<unknown> = Promise.resolve();
  let syncing: Promise<unknown> | undefined;
  let unsynced = 0;
  let failure: Error | undefined;
  try {
    for await (const batch of body.batches()) {
      await writing;
      // The next batch is received and hashed meanwhile. Whoever awaits it hears of a failure.
      writing = writeAll(file, batch);
      writing.catch(() => undefined);
      unsynced += batch.reduce((sum, { length }) => sum + length, 0);
      if (syncing || unsynced < SYNC_BYTES) continue;
      unsynced = 0;
      // Else the disk idles until the end, and then has all to do.
      syncing = file
        .datasync()
        .catch((error: Error) => (failure ??= error)) // the system tells it once only
        .finally(() => (syncing = undefined));
    }
    await writing;
    const received = body.finish();
    await syncing;
    if (failure) throw failure;
    await file.sync();
    return received;
  } finally {
    await Promise.allSettled([writing, syncing]);
    await file.close();
  }
}

/** Writes all of a batch; the system may take only a part of it at once. */
async function writeAll(file: FileHandle, batch: Buffer[]): Promise<void> {
  let left = batch;
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left);
    const next = left.findIndex(({ length }) => bytesWritten < length || ((bytesWritten -= length), false));
    left = next < 0 ? [] : [left[next]!.subarray(bytesWritten), ...left.slice(next + 1)];
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

/** A file is written once and then renamed into its place, so that another content is another file. */
function etagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs].map((part) => part.toString(36)).join('-');
}

async function describe(key: string, path: string): Promise<ObjectInfo | null> {
  try {
    const found = await lstat(path, { bigint: true });
    if (!found.isFile()) return null;
    return { key, size: Number(found.size), modifiedAt: found.mtime, etag: etagOf(found) };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Removes a directory and those above it while they are empty, up to the root, which stays. */
async function removeEmpty(directory: string, root: string): Promise<void> {
  for (let path = directory; path !== root; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) continue;
      // Something is in it, or came into it just now.
      if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM', 'ENOTDIR')) return;
      throw error;
    }
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
