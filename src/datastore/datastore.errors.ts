import {
  type FieldError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  UnauthenticatedError,
} from '../platform/errors/domain-error.js';
import type { QuotaExcess } from './storage-use/storage-quota.js';

/** What is to be uploaded is not described as it must be: 400. `errors` name each field. */
export class UploadRequestInvalidError extends InvalidInputError {
  constructor(errors: readonly FieldError[]) {
    const [first] = errors;
    const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    super('UPLOAD_REQUEST_INVALID', `${first!.path}: ${first!.message}${others}`, { errors });
  }
}

/** The token does not open this service, or is somebody else's than the owner's: 401, as the originals have it. */
export class UploadTokenRefusedError extends UnauthenticatedError {
  constructor() {
    super(
      'UPLOAD_TOKEN_REFUSED',
      'The token is not for this service, or not of the owner. Get one with GET /user/authorize?service=, and give your own userid as owner.',
    );
  }
}

/** The limits of the plan would be exceeded: 403. */
export class StorageQuotaExceededError extends ForbiddenError {
  constructor({ limitMb, used, total, isPrivate }: QuotaExcess) {
    const kind = isPrivate ? 'private ' : '';
    super(
      'STORAGE_QUOTA_EXCEEDED',
      `These files would bring your ${kind}storage from ${megabytes(used)} MB to ${megabytes(total)} MB, and your plan allows ${limitMb} MB. Delete files, or ask an administrator for a larger plan.`,
    );
  }
}

/** The same in the words of the original, which its clients show. */
export const PLAN_LIMIT_EXCEEDED = 'PLAN_LIMIT_EXCEEDED';
export class PlanLimitExceededError extends ForbiddenError {
  constructor({ limitMb, isPrivate }: QuotaExcess) {
    super(
      PLAN_LIMIT_EXCEEDED,
      `Max ${isPrivate ? 'private ' : ''}storage for user exceeded plan limit (${limitMb}MB)`,
    );
  }
}

/** More uploads are remembered than anybody needs: 429. */
export class TooManyUploadsError extends RateLimitedError {
  constructor(most: number) {
    super(
      'TOO_MANY_UPLOADS',
      `You have authorised ${most} uploads in the last days, which is the most there may be. Wait until earlier ones have expired.`,
      { retryAfter: 3600 },
    );
  }
}

/** The file was deleted or replaced after its upload had been authorised: 403. */
export class UploadRemovedError extends ForbiddenError {
  constructor() {
    super(
      'UPLOAD_REMOVED',
      'The file was deleted, or replaced by another one, after this upload was authorised. Ask for a new authorisation.',
    );
  }
}

/** The file is not the actor's to read, or is not there: 403, in the same words. */
export class FileNotReadableError extends ForbiddenError {
  constructor() {
    super(
      'FILE_NOT_READABLE',
      'There is no public file at this address. If it is your own, send your token, or ask GET /rawstore/presign for a signed address.',
    );
  }
}

/** What is stored for somebody else is not the actor's to see or change: 403, whether there is anything or not. */
export class NotOwnStorageError extends ForbiddenError {
  constructor() {
    super('NOT_OWN_STORAGE', 'This is not your own storage. Ask for that of your own userid.');
  }
}

/** The address cannot be signed for this caller: 403. */
export class PresignRefusedError extends ForbiddenError {
  constructor() {
    super(
      'PRESIGN_REFUSED',
      'The address is not that of a file of yours. Give your own userid as ownerid, and the address of one of your files.',
    );
  }
}

/** The address of a file is none, or nothing can be read there: 400. */
export class UploadUrlInvalidError extends InvalidInputError {
  constructor(cause?: unknown) {
    super(
      'FILE_URL_INVALID',
      'The address of the file is missing, is no complete URL, or does not answer. Give url as you got it, percent-encoded.',
      { cause },
    );
  }
}

/** There is no such file of the actor's: 404. */
export class FileNotFoundError extends NotFoundError {
  constructor() {
    super('FILE_NOT_FOUND', 'There is no such file. GET /datastore/files lists those that are there.');
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1, useGrouping: false });
}
