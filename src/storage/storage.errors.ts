import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  OutOfSpaceError,
  TooLargeError,
  UnavailableError,
} from '../platform/errors/domain-error.js';

/** The key breaks a rule of `object-key.ts`: 400. The message names the rule and never repeats the key. */
export class InvalidObjectKeyError extends InvalidInputError {
  constructor(rule: string) {
    super('OBJECT_KEY_INVALID', `The object key is refused: ${rule}. Choose another name.`);
  }
}

/** The bytes asked for are not a range, or the page of a list is not a page: 400. */
export class InvalidObjectRequestError extends InvalidInputError {
  constructor(message: string) {
    super('OBJECT_REQUEST_INVALID', message);
  }
}

/** The bytes that came are not those that were announced: 400. */
export class ObjectMismatchError extends InvalidInputError {
  constructor(what: 'length' | 'MD5', expected: string, actual: string) {
    super(
      what === 'MD5' ? 'OBJECT_MD5_MISMATCH' : 'OBJECT_LENGTH_MISMATCH',
      `The ${what} of the content is ${actual}, but ${expected} was announced. Nothing was stored: send the file again.`,
    );
  }
}

/** The content is longer than the limit of this write: 413. */
export class ObjectTooLargeError extends TooLargeError {
  constructor(maxBytes: number) {
    super(
      'OBJECT_TOO_LARGE',
      `The content is larger than the limit of ${maxBytes} bytes. Nothing was stored: send a smaller file.`,
    );
  }
}

/** There is no object under this key: 404. */
export class ObjectNotFoundError extends NotFoundError {
  constructor(key: string) {
    super('OBJECT_NOT_FOUND', `There is no object '${key}'. Check the key.`);
  }
}

/** The disk or the quota behind the store is full: 507. */
export class StorageFullError extends OutOfSpaceError {
  constructor(cause: unknown) {
    super(
      'STORAGE_FULL',
      'There is no space left to store the content. Nothing was stored: free some space or try a smaller file.',
      { cause },
    );
  }
}

/** The object was replaced since it was looked at: 409. */
export class ObjectChangedError extends ConflictError {
  constructor(key: string) {
    super('OBJECT_CHANGED', `The object '${key}' was replaced meanwhile. Ask for it again.`);
  }
}

/** The object store does not answer, or does not take our credentials: 503. */
export class StorageUnavailableError extends UnavailableError {
  constructor(cause: unknown) {
    super('STORAGE_UNAVAILABLE', 'The object store does not answer as it should. Try again later.', {
      retryAfter: 5,
      cause,
    });
  }
}

/** The address is not signed, not by us, not for this, or no more: 403. Nothing is told of the object. */
export class SignedUrlRefusedError extends ForbiddenError {
  constructor(message: string) {
    super('SIGNED_URL_REFUSED', message);
  }
}
