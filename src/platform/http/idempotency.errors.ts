import { ConflictError, InvalidInputError, UnprocessableError } from '../errors/domain-error.js';

/** The header is no key. */
export class IdempotencyKeyInvalidError extends InvalidInputError {
  constructor() {
    super(
      'IDEMPOTENCY_KEY_INVALID',
      'The Idempotency-Key must be 1 to 255 printable ASCII characters. Send a random UUID for each new request.',
    );
  }
}

/** The first request with this key has not been answered yet. */
export class IdempotencyKeyInFlightError extends ConflictError {
  constructor() {
    super(
      'IDEMPOTENCY_KEY_IN_FLIGHT',
      'A request with this Idempotency-Key is being carried out at the moment. Try again in a second to get its answer.',
      { retryAfter: 1 },
    );
  }
}

/** The key stands for another request. */
export class IdempotencyKeyReusedError extends UnprocessableError {
  constructor(route: string) {
    super(
      'IDEMPOTENCY_KEY_REUSED',
      `This Idempotency-Key was used for another request (${route}). Send exactly that request to get its answer, or a new key.`,
    );
  }
}

/** The request was carried out, but its answer cannot be repeated. */
export class IdempotentAnswerNotKeptError extends ConflictError {
  constructor() {
    super(
      'IDEMPOTENT_ANSWER_NOT_KEPT',
      'This request has been carried out already, but its answer was too long to be kept. Read what it created instead of repeating it.',
    );
  }
}
