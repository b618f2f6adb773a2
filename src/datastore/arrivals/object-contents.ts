import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import {
  ObjectChangedError,
  type ObjectInfo,
  ObjectNotFoundError,
  ObjectStore,
} from '../../storage/index.js';

/** A content: its length in bytes, and its MD5 in hex. */
export interface Content {
  readonly bytes: number;
  readonly md5: string;
}

/** Objects that are read at a time. */
const AT_ONCE = 2;

/** Tells what is in objects. */
@Injectable()
export class ObjectContents {
  private readonly limit = pLimit(AT_ONCE);
  /** The MD5 of objects that were read: nobody can have them read again and again. */
  private readonly known = new LRUCache<string, string>({ max: 10_000 });

  constructor(private readonly store: ObjectStore) {}

  /**
   * Which of the contents an object is; null for none of them. S3 has the MD5 for an etag, mostly; else the object is read.
   * Undefined: it was replaced or deleted meanwhile.
   */
  async find<C extends Content>(info: ObjectInfo, contents: readonly C[]): Promise<C | null | undefined> {
    const possible = contents.filter(({ bytes }) => bytes === info.size);
    const named = possible.find(({ md5 }) => md5 === info.etag);
    if (named || possible.length === 0) return named ?? null;
    const md5 = await this.md5Of(info);
    return md5 === undefined ? undefined : (possible.find((content) => content.md5 === md5) ?? null);
  }

  private async md5Of({ key, etag }: ObjectInfo): Promise<string | undefined> {
    const object = `${key} ${etag}`;
    const known = this.known.get(object);
    if (known !== undefined) return known;
    const hash = createHash('md5');
    try {
      await this.limit(async () => pipeline(await this.store.get(key, undefined, etag), hash));
    } catch (error) {
      if (error instanceof ObjectNotFoundError || error instanceof ObjectChangedError) return undefined;
      throw error;
    }
    const md5 = hash.digest('hex');
    this.known.set(object, md5);
    return md5;
  }
}
