import { Logger } from '@nestjs/common';
import { type FastifyRequest, LogController } from 'fastify';

/** Fastify's log lines: none but for answers that broke off in the middle, which nobody else hears of. */
export class StreamErrors extends LogController {
  private readonly logger = new Logger('Errors');

  constructor() {
    super({ disableRequestLogging: true }); // ours are in request-watch.ts
  }

  override streamError(error: Error & { code?: string }, request: FastifyRequest): void {
    if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return; // the caller went away
    const { method, routeOptions, id } = request;
    this.logger.error({ err: error, requestId: id }, `${method} ${routeOptions.url} broke off`);
  }
}
