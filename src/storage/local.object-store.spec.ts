import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { LocalObjectStore } from './local.object-store.js';
import { hostileKeys } from './hostile-keys.contract.js';
import { objectStoreContract } from './object-store.contract.js';
import {
  InvalidObjectKeyError,
  ObjectNotFoundError,
  ObjectTooLargeError,
  StorageFullError,
} from './storage.errors.js';

async function openStore(root: string): Promise<LocalObjectStore> {
  const store = new LocalObjectStore(root);
  await store.open();
  return store;
}

objectStoreContract('LocalObjectStore', async () => {
  const home = await mkdtemp(join(tmpdir(), 'objects-'));
  const store = await openStore(join(home, 'root'));
  return {
    store,
    async close() {
      expect(await readdir(join(home, 'root', 'incoming'))).toEqual([]);
      expect(await readdir(home)).toEqual(['root']);
      await rm(home, { recursive: true });
    },
  };
});

describe('LocalObjectStore on its disk', () => {
  let home: string;
  let root: string;
  let store: LocalObjectStore;
  const incoming = () => readdir(join(root, 'incoming'));

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'objects-'));
    root = join(home, 'root');
    store = await openStore(root);
  });
  afterEach(() => rm(home, { recursive: true }));

  /** Starts a write, and returns when half of it is on the disk. */
  async function startPut(key: string) {
    const source = new PassThrough();
    const done = store.put(key, source);
    source.write('half');
    for (let tries = 0; tries < 500; tries++) {
      const [name] = await incoming();
      if (name && (await stat(join(root, 'incoming', name))).size === 4) return { source, done };
      await new Promise((later) => setTimeout(later, 10));
    }
    throw new Error('The write did not begin.');
  }

  it('shows nothing of an object before it is whole', async () => {
    const { source, done } = await startPut('a/k');
    const other = await openStore(root);
    for (const reader of [store, other]) {
      expect(await reader.head('a/k')).toBeNull();
      await expect(reader.get('a/k')).rejects.toThrow(ObjectNotFoundError);
      expect(await reader.list('', { limit: 10 })).toEqual({ objects: [] });
    }
    source.end(' and half');
    await done;
    expect(await text(await other.get('a/k'))).toBe('half and half');
    expect(await incoming()).toEqual([]);
  });

  it('shows the old object until the new one is whole', async () => {
    await store.put('k', Buffer.from('old'));
    const { source, done } = await startPut('k');
    expect(await text(await store.get('k'))).toBe('old');
    source.end();
    await done;
    expect(await text(await store.get('k'))).toBe('half');
  });

  it('removes at start, and when it tidies, what a crash left, but not what may still be written', async () => {
    const { source, done } = await startPut('k');
    const left = join(root, 'incoming', 'left-by-a-crash');
    await writeFile(left, 'half an object');
    const twoHoursAgo = Date.now() / 1000 - 7200;
    await utimes(left, twoHoursAgo, twoHoursAgo);

    const restarted = await openStore(root);
    expect(await incoming()).toHaveLength(1);
    await writeFile(left, 'half an object');
    await utimes(left, twoHoursAgo, twoHoursAgo);
    await store.tidy();
    expect(await incoming()).toHaveLength(1);
    source.end();
    await done;
    expect(await text(await restarted.get('k'))).toBe('half');
  });

  it('keeps objects over a restart, and for its user only', async () => {
    await store.put('owner/k', Buffer.from('kept'));
    const again = await openStore(root);
    expect(await text(await again.get('owner/k'))).toBe('kept');
    expect((await stat(root)).mode & 0o077).toBe(0);
    expect((await stat(join(root, 'objects', 'owner'))).mode & 0o077).toBe(0);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('says that it is full on %s, and leaves nothing', async (code) => {
    const failing = Readable.from(
      (function* () {
        yield Buffer.alloc(100_000);
        throw Object.assign(new Error(`${code}: no space left on device, write`), { code });
      })(),
    );
    const error = await store.put('k', failing).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StorageFullError);
    expect(error).toMatchObject({ kind: 'out-of-space', code: 'STORAGE_FULL' });
    expect(await incoming()).toEqual([]);
    expect(await store.head('k')).toBeNull();
    await store.put('k', Buffer.from('there is room again'));
  });

  it('leaves no directory where nothing is any more', async () => {
    await store.put('a/b/c/one', Buffer.from('x'));
    await store.put('a/two', Buffer.from('x'));
    await store.delete('a/b/c/one');
    expect(await readdir(join(root, 'objects', 'a'))).toEqual(['%2F']);
    await store.delete('a/two');
    expect(await readdir(join(root, 'objects'))).toEqual([]);
    await store.put('a/two', Buffer.from('x'));
    expect(await text(await store.get('a/two'))).toBe('x');
  });

  it('leaves an abandoned source to its owner', async () => {
    const source = new PassThrough();
    source.write(Buffer.alloc(100));
    await expect(store.put('k', source, { maxBytes: 10 })).rejects.toThrow(ObjectTooLargeError);
    expect(source.destroyed).toBe(false);
    source.destroy();
  });

  it('refuses a hostile key before it looks at the disk', async () => {
    const unopened = new LocalObjectStore(join(home, 'never-made'));
    for (const key of hostileKeys) {
      await expect(unopened.put(key, Buffer.from('x'))).rejects.toThrow(InvalidObjectKeyError);
      await expect(unopened.get(key)).rejects.toThrow(InvalidObjectKeyError);
      await expect(unopened.head(key)).rejects.toThrow(InvalidObjectKeyError);
      await expect(unopened.delete(key)).rejects.toThrow(InvalidObjectKeyError);
    }
    await expect(unopened.list('../', { limit: 1 })).rejects.toThrow(InvalidObjectKeyError);
    await expect(unopened.head('good')).rejects.toThrow('open() has not been called');
    expect(await readdir(home)).toEqual(['root']);
  });

  describe('with symbolic links inside the root', () => {
    let outside: string;

    beforeEach(async () => {
      outside = join(home, 'outside');
      await mkdir(join(outside, '%2F'), { recursive: true });
      await writeFile(join(outside, 'secret'), 'secret');
      await writeFile(join(outside, '%2F', 'secret'), 'secret');
    });
    afterEach(async () => {
      expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
      expect((await readdir(outside)).sort()).toEqual(['%2F', 'secret']);
      expect(await readdir(join(outside, '%2F'))).toEqual(['secret']);
    });

    it('does not follow a link to a directory', async () => {
      await symlink(outside, join(root, 'objects', 'link'));
      await expect(store.get('link/secret')).rejects.toThrow(ObjectNotFoundError);
      expect(await store.head('link/secret')).toBeNull();
      expect(await store.list('', { limit: 10 })).toEqual({ objects: [] });
      expect(await store.list('link/', { limit: 10 })).toEqual({ objects: [] });
      await store.delete('link/secret');
      for (const key of ['link/secret', 'link/new', 'link/below/new']) {
        await expect(store.put(key, Buffer.from('overwritten'))).rejects.toThrow(InvalidObjectKeyError);
      }
      expect(await incoming()).toEqual([]);
    });

    it('does not follow a link where the objects of a level lie', async () => {
      await mkdir(join(root, 'objects', 'dir'));
      await symlink(join(outside, '%2F'), join(root, 'objects', 'dir', '%2F'));
      await expect(store.get('dir/secret')).rejects.toThrow(ObjectNotFoundError);
      expect(await store.list('', { limit: 10 })).toEqual({ objects: [] });
      await store.delete('dir/secret');
      await expect(store.put('dir/secret', Buffer.from('x'))).rejects.toThrow(InvalidObjectKeyError);
    });

    it('does not follow a link in the place of an object, and replaces it', async () => {
      await store.put('dir/other', Buffer.from('x'));
      await symlink(join(outside, 'secret'), join(root, 'objects', 'dir', '%2F', 'k'));
      await expect(store.get('dir/k')).rejects.toThrow(ObjectNotFoundError);
      expect(await store.head('dir/k')).toBeNull();
      await store.put('dir/k', Buffer.from('mine'));
      expect(await text(await store.get('dir/k'))).toBe('mine');
    });

    it('works below a root that is itself reached by a link', async () => {
      await symlink(root, join(home, 'alias'));
      const aliased = await openStore(join(home, 'alias'));
      await aliased.put('k', Buffer.from('x'));
      expect(await text(await store.get('k'))).toBe('x');
    });
  });
});
