import { InvalidInputError, TooLargeError, UnavailableError } from '../errors/domain-error.js';

/** Seconds after which another try at an outside system makes sense. */
const RETRY_AFTER_SECONDS = 30;

/** The text is not an absolute URL. It is not repeated: it may hold a password. */
export class OutboundUrlInvalidError extends InvalidInputError {
  constructor() {
    super('OUTBOUND_URL_INVALID', 'The address is not a complete URL. Give one such as https://host/path.');
  }
}

/** The caller's method, headers or body cannot be sent over HTTP. */
export class OutboundRequestInvalidError extends InvalidInputError {
  constructor(cause: unknown) {
    super(
      'OUTBOUND_REQUEST_INVALID',
      'The request cannot be sent: its headers or its body are not valid HTTP. Remove line breaks and control characters.',
      { cause },
    );
  }
}

/** The guard does not let us go there. Names neither the address behind a host nor how it was found out. */
export class OutboundAddressRefusedError extends InvalidInputError {
  private constructor(message: string) {
    super('OUTBOUND_ADDRESS_REFUSED', message);
  }

  /** The scheme is neither http nor https. */
  static scheme(): OutboundAddressRefusedError {
    return new this('Only http and https addresses may be called. Give a URL that starts with https://.');
  }

  /** The URL carries a user name or a password. */
  static userinfo(): OutboundAddressRefusedError {
    return new this('A URL with a user name or password in it is not called. Remove the part before the @.');
  }

  /** `host` is, or leads to, a private, local or reserved address. */
  static host(host: string): OutboundAddressRefusedError {
    return new this(
      `The host ${host} is not a public address and is not called. ` +
        'Use a public address, or ask the operator to list the host in OUTBOUND_ALLOW.',
    );
  }
}

/** The other side redirects more often than allowed. */
export class OutboundTooManyRedirectsError extends InvalidInputError {
  constructor(host: string, limit: number) {
    super(
      'OUTBOUND_TOO_MANY_REDIRECTS',
      `The host ${host} redirects more than ${limit} times. Give the address that the redirects lead to.`,
    );
  }
}

/** The answer is larger than `limit` bytes. */
export class OutboundTooLargeError extends TooLargeError {
  constructor(host: string, limit: number) {
    super(
      'OUTBOUND_TOO_LARGE',
      `The host ${host} answered with more than ${limit} bytes, which is the limit. Give the address of a smaller file.`,
    );
  }
}

/** The other side did not connect, begin its answer or end it in time. */
export class OutboundTimeoutError extends UnavailableError {
  constructor(host: string, limitMs: number) {
    super(
      'OUTBOUND_TIMEOUT',
      `The host ${host} did not answer within ${limitMs} ms. Try again later, or check the address.`,
      { retryAfter: RETRY_AFTER_SECONDS },
    );
  }
}

/** No connection, or one that broke off. `cause` is for the log: its text may name addresses. */
export class OutboundUnreachableError extends UnavailableError {
  constructor(host: string, cause: unknown) {
    super(
      'OUTBOUND_UNREACHABLE',
      `The host ${host} could not be reached, or it broke off the connection. Try again later, or check the address.`,
      { retryAfter: RETRY_AFTER_SECONDS, cause },
    );
  }
}

/** The answer is not HTTP, or its body is not what it should be. */
export class OutboundResponseInvalidError extends UnavailableError {
  constructor(host: string, what: string, cause?: unknown) {
    super(
      'OUTBOUND_RESPONSE_INVALID',
      `The host ${host} answered with ${what}. Check that the address is the right one, or try again later.`,
      { retryAfter: RETRY_AFTER_SECONDS, cause },
    );
  }
}
