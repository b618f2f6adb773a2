import type { FastifyRequest } from 'fastify';
import type { ErrorRenderer } from '../platform/errors/error-renderers.js';
import type { Failure } from '../platform/errors/failure.js';
import type { Language, Messages } from '../platform/i18n/messages.js';
import { ORDER_QUERY_INVALID } from './orders.errors.js';

/** The prefix of everything that answers in the envelope. */
export const ORDERS_PREFIX = '/acme_orders';
/** Where orders are read. */
export const ORDERS_PATH = `${ORDERS_PREFIX}/api/v1/orders`;

/** Where orders are imported. */
export const IMPORT_PATH = `${ORDERS_PREFIX}/api/v1/orders/import`;

/** What every answer below the prefix is wrapped in. */
export interface Envelope<Result> {
  readonly result: Result;
  readonly status_code: number;
  readonly uuid: string;
  readonly message: string;
}

/** Wraps an answer. `uuid` is the caller's own, if it gave one, else the request's id. */
export function envelope<Result>(
  request: Pick<FastifyRequest, 'id'>,
  result: Result,
  message = '',
  status = 200,
): Envelope<Result> {
  return { result, status_code: status, uuid: request.id, message };
}

/** Errors in the envelope: an empty result, the status of the answer, the text in the reader's language. */
export function envelopeErrors(messages: Messages): ErrorRenderer {
  return (failure, request) => ({
    contentType: 'application/json; charset=utf-8',
    body: envelope(request, {}, textOf(failure, messages, messages.language(request)), failure.status),
  });
}

function textOf({ code, errors, message }: Failure, messages: Messages, language: Language): string {
  if (code === 'ENDPOINT_NOT_FOUND')
    return messages.translate(language, 'orders.endpoint_not_found_error_msg');
  if (code === ORDER_QUERY_INVALID) {
    return errors.map(({ path }) => messages.translate(language, `orders.${path}_help_msg`)).join('; ');
  }
  return message;
}
