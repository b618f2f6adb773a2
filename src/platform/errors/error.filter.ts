import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { methodNotAllowed } from '../http/allowed-methods.js';
import { Messages } from '../i18n/messages.js';
import { ErrorRenderers } from './error-renderers.js';
import { type Failure, toFailure } from './failure.js';

/** The one place where an error becomes an answer. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  constructor(
    private readonly renderers: ErrorRenderers,
    private readonly messages: Messages,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const failure = toFailure(error);
    // That there is nothing here goes before what is wrong with the body that came for it.
    const nowhere = request.is404 && failure.status < 500;
    const shown = nowhere ? toFailure(methodNotAllowed(request) ?? new NotFoundException()) : failure;
    this.answer(shown, error, request, http.getResponse<FastifyReply>());
  }

  /** Answers a request that was refused before it had a route. */
  refuse(error: Error, request: FastifyRequest, reply: FastifyReply): void {
    this.answer(toFailure(error), error, request, reply);
  }

  private answer(untranslated: Failure, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const failure = this.translated(untranslated, request);
    if (failure.kind === 'internal') {
      const route = request.routeOptions.url ?? request.url.split('?', 1)[0];
      this.logger.error({ err: error, requestId: request.id }, `${request.method} ${route} failed`);
    }
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy(); // the answer had begun: cutting it is the only way left to say that it is not whole
      return;
    }
    if (failure.status === 401)
      void reply.header('WWW-Authenticate', 'Bearer realm="Authentication Required"');
    if (failure.retryAfter !== undefined) void reply.header('Retry-After', String(failure.retryAfter));
    if (failure.allow !== undefined) void reply.header('Allow', failure.allow.join(', '));
    // A body that was not read to its end would otherwise be read and thrown away, however long it is.
    if (failure.status === 413) void reply.header('Connection', 'close');
    const { contentType, body } = this.renderers.render(failure, request);
    void reply.status(failure.status).header('Content-Type', contentType).send(body);
  }

  private translated(failure: Failure, request: FastifyRequest): Failure {
    if (!failure.translation) return failure;
    const { key, params } = failure.translation;
    return { ...failure, message: this.messages.translate(this.messages.language(request), key, params) };
  }
}
