import type { Readable } from 'node:stream';

/** What a write checks, and what it tells the store. */
export interface PutOptions {
  /** Most bytes to take; one more and the write fails. */
  readonly maxBytes?: number;
  /** Media type for stores that serve objects themselves; others ignore it. */
  readonly contentType?: string;
  /** What the sender announced: length in bytes and MD5 as `Content-MD5` has it. */
  readonly expected?: { readonly length?: number; readonly md5Base64?: string };
  /**
   * Asked when the whole content is here and right, just before the key gets it; where it throws, nothing is stored. In
   * one process no other change of the key comes between the two, with the store on the disk.
   */
  readonly confirm?: () => Promise<void>;
  /** Ends the write; the source is destroyed and nothing is stored. */
  readonly signal?: AbortSignal;
}

/** An object that was just stored. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content, in lower-case hex. */
  readonly md5: string;
}

export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** Another one for each content that the key holds; letters, digits and `-`. */
  readonly etag: string;
}

/** Positions of bytes as in an HTTP range: from 0, both ends included; no `end` means up to the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export interface ListOptions {
  /** Key after which the page begins; the `next` of the page before. */
  readonly after?: string;
  /** Most objects in the page: 1 to 1000. */
  readonly limit: number;
}

export interface ObjectPage {
  readonly objects: ObjectInfo[];
  /** The `after` of the next page; absent on the last one. */
  readonly next?: string;
}

/** Most objects in one page of a list. */
export const MAX_PAGE = 1000;

/**
 * Keeps byte objects under text keys. An object is seen whole or not at all, by every reader, also while it is
 * being replaced; once `put` has answered, it survives a crash. Of several writes of one key the last to finish
 * wins. Keys follow `object-key.ts`; every method throws InvalidObjectKeyError for another.
 */
export abstract class ObjectStore {
  /**
   * Stores an object, replacing the one before. A stream is read to its end; when the write fails it is left as it
   * is (a request must still be answered), except that `signal` destroys it.
   * @throws ObjectTooLargeError past `maxBytes`, ObjectMismatchError if `expected` is not met, StorageFullError, the
   * error of the source or the reason of the signal; after any of these the key holds what it held before
   */
  abstract put(key: string, body: Readable | Buffer, options?: PutOptions): Promise<StoredObject>;

  /**
   * Opens an object or a range of it. The stream goes on giving the same object if the key is replaced or deleted
   * meanwhile. A range that begins at or past the end is empty. The caller reads the stream or destroys it.
   * @param etag the object must still be the one that `head` told of
   * @throws ObjectNotFoundError, ObjectChangedError, InvalidObjectRequestError if the range is not one
   */
  abstract get(key: string, range?: ByteRange, etag?: string): Promise<Readable>;

  /** Size and time of an object, or null if there is none. */
  abstract head(key: string): Promise<ObjectInfo | null>;

  /**
   * Removes an object; there need not be one.
   * @param etag leaves alone another object than the one that `head` told of
   */
  abstract delete(key: string, etag?: string): Promise<void>;

  /**
   * A page of the objects whose key begins with `prefix` (empty: all), in the order of the bytes of their keys.
   * @throws InvalidObjectRequestError if the limit is not one
   */
  abstract list(prefix: string, options: ListOptions): Promise<ObjectPage>;

  /** Removes what writes that crashed have left, where the store does not do so by itself. To be called now and then. */
  abstract tidy(): Promise<void>;
}
