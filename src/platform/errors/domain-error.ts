/**
 * What went wrong, in the domain's words. The HTTP filter maps each kind to one status
 * (see `error-status.ts`); a job that fails keeps the kind, so that its poller gets the same status.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'unsupported-media-type'
  | 'unprocessable'
  | 'rate-limited'
  | 'internal'
  | 'unavailable'
  | 'out-of-space';

/** One broken field of an input: where it is, what is wrong and what to do. */
export interface FieldError {
  /** Dotted path of the field, e.g. `filedata.data.csv.length`. */
  readonly path: string;
  readonly message: string;
}

/** A message of the catalogue, translated when it is read. */
export interface MessageRef {
  readonly key: string;
  readonly params?: Readonly<Record<string, string | number>>;
}

export interface DomainErrorOptions {
  /** The field errors behind this one, if any. */
  readonly errors?: readonly FieldError[];
  /** Translatable form of the message; `message` stays its English text. */
  readonly translation?: MessageRef;
  /** Seconds after which trying again makes sense; sent as `Retry-After`. */
  readonly retryAfter?: number;
  /** Methods that the path does serve; sent as `Allow`. */
  readonly allow?: readonly string[];
  /** An unusual status that the contract of an original demands on its own path. */
  readonly status?: number;
  /** What refused the caller: one word that the contract of an original wants to hear, such as `roles`. */
  readonly deniedBy?: string;
  readonly cause?: unknown;
}

/**
 * Base of every error that a caller may see. `code` is stable and UPPER_SNAKE_CASE; `message` says in a full
 * sentence what is wrong and what to do, and never holds a secret.
 */
export abstract class DomainError extends Error {
  abstract readonly kind: ErrorKind;
  readonly errors: readonly FieldError[];
  readonly translation: MessageRef | undefined;
  readonly retryAfter: number | undefined;
  readonly allow: readonly string[] | undefined;
  readonly status: number | undefined;
  readonly deniedBy: string | undefined;

  constructor(
    readonly code: string,
    message: string,
    options: DomainErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.errors = options.errors ?? [];
    this.translation = options.translation;
    this.retryAfter = options.retryAfter;
    this.allow = options.allow;
    this.status = options.status;
    this.deniedBy = options.deniedBy;
  }
}

/** The input cannot be understood or breaks a rule: 400. */
export class InvalidInputError extends DomainError {
  readonly kind = 'invalid';
}

/** Nobody, or nobody valid, is asking: 401. */
export class UnauthenticatedError extends DomainError {
  readonly kind = 'unauthenticated';
}

/** The caller is known and may not: 403. */
export class ForbiddenError extends DomainError {
  readonly kind = 'forbidden';
}

/** There is no such thing, or the caller may not know of it: 404. */
export class NotFoundError extends DomainError {
  readonly kind = 'not-found';
}

/** The path is known, the method is not: 405. */
export class MethodNotAllowedError extends DomainError {
  readonly kind = 'method-not-allowed';
}

/** The thing exists already, or is not in a state for this: 409. */
export class ConflictError extends DomainError {
  readonly kind = 'conflict';
}

/** The body, a part of it or a header is larger than the limit: 413. */
export class TooLargeError extends DomainError {
  readonly kind = 'too-large';
}

/** The body's content type is not one that the route reads: 415. */
export class UnsupportedMediaTypeError extends DomainError {
  readonly kind = 'unsupported-media-type';
}

/** The request is well formed but contradicts an earlier one: 422. */
export class UnprocessableError extends DomainError {
  readonly kind = 'unprocessable';
}

/** Too many tries: 429 with `Retry-After`. */
export class RateLimitedError extends DomainError {
  readonly kind = 'rate-limited';
}

/** Something that we depend on does not answer: 503 with `Retry-After`. */
export class UnavailableError extends DomainError {
  readonly kind = 'unavailable';
}

/** The disk or the quota behind us is full: 507. */
export class OutOfSpaceError extends DomainError {
  readonly kind = 'out-of-space';
}
