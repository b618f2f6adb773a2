import { HttpException } from '@nestjs/common';
import { isDatabaseFull, isDatabaseUnavailable } from '../database/database-errors.js';
import { DomainError, type ErrorKind, type FieldError, type MessageRef } from './domain-error.js';
import { kindOfStatus, STATUS_OF_KIND } from './error-status.js';

/** An error as it is shown: everything a renderer may use, nothing that must stay inside. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly translation?: MessageRef | undefined;
  readonly errors: readonly FieldError[];
  readonly retryAfter?: number | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly deniedBy?: string | undefined;
}

/** Turns whatever was thrown into what may be shown. An error that nobody foresaw tells nothing of itself. */
export function toFailure(error: unknown): Failure {
  if (error instanceof DomainError) {
    const { kind, code, message, translation, errors, retryAfter, allow, deniedBy } = error;
    return {
      kind,
      status: error.status ?? STATUS_OF_KIND[kind],
      code,
      message,
      translation,
      errors,
      retryAfter,
      allow,
      deniedBy,
    };
  }
  if (isDatabaseUnavailable(error)) {
    return failure(
      'unavailable',
      'DATABASE_UNAVAILABLE',
      'The database does not answer at the moment. Try again in a few seconds.',
      {
        retryAfter: 2,
      },
    );
  }
  if (isDatabaseFull(error)) {
    return failure(
      'out-of-space',
      'DATABASE_FULL',
      'The disk of the database is full. Nothing was changed; free some space and try again.',
    );
  }
  if (error instanceof HttpException) return fromHttpException(error);
  if (isFastifyRefusal(error)) return fromFastify(error);
  if (isBrokenMultipart(error)) {
    return failure(
      'invalid',
      'BAD_MULTIPART',
      'The multipart body is not whole, or its boundary is none. Send it again.',
    );
  }
  return failure(
    'internal',
    'INTERNAL_ERROR',
    'Something went wrong here. Try again; if it stays, tell an administrator the request id.',
  );
}

function failure(kind: ErrorKind, code: string, message: string, more: Partial<Failure> = {}): Failure {
  return { kind, status: STATUS_OF_KIND[kind], code, message, errors: [], ...more };
}

/** Errors of the framework: it knows a status, we add our code and, where it is terse, the sentence. */
function fromHttpException(error: HttpException): Failure {
  const status = error.getStatus();
  const kind = kindOfStatus(status);
  return failure(kind, CODES[kind] ?? 'BAD_REQUEST', SENTENCES[kind] ?? error.message, { status });
}

const CODES: Partial<Record<ErrorKind, string>> = {
  invalid: 'BAD_REQUEST',
  'not-found': 'ENDPOINT_NOT_FOUND',
  'too-large': 'BODY_TOO_LARGE',
  'unsupported-media-type': 'UNSUPPORTED_MEDIA_TYPE',
  unauthenticated: 'AUTHENTICATION_REQUIRED',
  forbidden: 'FORBIDDEN',
  internal: 'INTERNAL_ERROR',
};

const SENTENCES: Partial<Record<ErrorKind, string>> = {
  'not-found':
    'There is nothing at this address. The interactive documentation at /apidocs lists every route.',
  'too-large':
    'The body is larger than this route takes. Send less, or ask an administrator to raise the limit.',
  'unsupported-media-type':
    'This route does not read bodies of this content type. The documentation at /apidocs names the ones it reads.',
  internal: 'Something went wrong here. Try again; if it stays, tell an administrator the request id.',
};

/** What Fastify and its plugins refuse, in our words where theirs are terse. */
function fromFastify({ code, message, statusCode }: FastifyRefusal): Failure {
  const known = REFUSALS[code];
  if (known) return failure(kindOfStatus(known.status), known.code, known.message, { status: known.status });
  const kind = kindOfStatus(statusCode);
  return failure(kind, CODES[kind] ?? 'BAD_REQUEST', SENTENCES[kind] ?? message, { status: statusCode });
}

const REFUSALS: Readonly<Record<string, { status: number; code: string; message: string } | undefined>> = {
  FST_ERR_BAD_URL: {
    status: 400,
    code: 'BAD_URL',
    message: 'The address cannot be decoded. Write a percent sign as %25, and other characters as UTF-8.',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    status: 414,
    code: 'URL_TOO_LONG',
    message:
      'A part of the address is too long. Look at the documentation at /apidocs for what belongs there.',
  },
  FST_INVALID_MULTIPART_CONTENT_TYPE: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'This route takes files. Send them with Content-Type: multipart/form-data.',
  },
};

type FastifyRefusal = Error & { code: string; statusCode: number };

/** By its code: errors of other libraries bear statuses too, which are those of somebody else's answer. */
function isFastifyRefusal(error: unknown): error is FastifyRefusal {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  return (
    error instanceof Error &&
    typeof code === 'string' &&
    code.startsWith('FST_') &&
    typeof statusCode === 'number' &&
    statusCode >= 400 &&
    statusCode < 500
  );
}

/** The multipart parser knows its errors by their texts only; the needle is the boundary. */
const MULTIPART_ERROR =
  /^Multipart: Boundary not found|^The needle cannot|unexpected end of multipart data$/i;

function isBrokenMultipart(error: unknown): boolean {
  return error instanceof Error && MULTIPART_ERROR.test(error.message);
}
