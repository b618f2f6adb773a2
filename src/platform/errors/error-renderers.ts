import { STATUS_CODES } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Failure } from './failure.js';

/** What a family of paths answers in case of an error. */
export interface RenderedError {
  readonly contentType: string;
  readonly body: unknown;
}

export type ErrorRenderer = (failure: Failure, request: FastifyRequest) => RenderedError;

/**
 * How errors look, by path. RFC 9457 problem documents are the rule; a module whose contract wants another shape
 * registers a renderer for its own prefix.
 */
@Injectable()
export class ErrorRenderers {
  private readonly byPrefix: { prefix: string; render: ErrorRenderer }[] = [
    { prefix: '/api/v1.0', render: problemWithErrorText },
    { prefix: '/api', render: problemWithFixedMessages },
  ];

  /** The longest prefix wins. */
  register(prefix: string, render: ErrorRenderer): void {
    this.byPrefix.push({ prefix, render });
    this.byPrefix.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  render(failure: Failure, request: FastifyRequest): RenderedError {
    // As the route has it: a path may be written in many ways, such as with letters percent-encoded.
    const path = request.routeOptions.url ?? request.url.split('?', 1)[0]!;
    const family = this.byPrefix.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
    return (family?.render ?? problem)(failure, request);
  }
}

/** A problem document (RFC 9457). */
export function problem(failure: Failure, request: FastifyRequest): RenderedError {
  return {
    contentType: 'application/problem+json; charset=utf-8',
    body: {
      type: 'about:blank',
      title: STATUS_CODES[failure.status] ?? 'Error',
      status: failure.status,
      detail: failure.message,
      code: failure.code,
      message: failure.message,
      requestId: request.id,
      ...(failure.errors.length > 0 && { errors: failure.errors }),
    },
  };
}

/** `/api/v1.0`: the clients of ProjectY read a short text in `error`. */
const ERROR_TEXTS: Readonly<Record<number, string>> = {
  400: 'bad request',
  401: 'authentication required',
  403: 'access denied',
  404: 'not found',
  405: 'method not supported',
  500: 'internal server error',
};

function problemWithErrorText(failure: Failure, request: FastifyRequest): RenderedError {
  const { contentType, body } = problem(failure, request);
  const text = ERROR_TEXTS[failure.status] ?? (STATUS_CODES[failure.status] ?? 'error').toLowerCase();
  const error = failure.deniedBy === undefined ? text : `${text} via ${failure.deniedBy}`;
  return { contentType, body: { ...(body as object), error } };
}

/** `/api`: the clients of Ticket Gateway read these texts in `message`; `detail` tells more. */
const MESSAGES: Readonly<Record<number, string>> = {
  404: 'The requested resource was not found',
  405: 'This method is not allowed for the requested resource',
};

function problemWithFixedMessages(failure: Failure, request: FastifyRequest): RenderedError {
  const { contentType, body } = problem(failure, request);
  return { contentType, body: { ...(body as object), message: MESSAGES[failure.status] ?? failure.message } };
}
