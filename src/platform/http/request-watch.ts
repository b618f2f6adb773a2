import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestLog } from '../logging/request-log.js';
import type { Metrics } from '../metrics/metrics.js';
import { RequestDurations } from './request-durations.js';
import type { SecurityHeaders } from './security-headers.js';

/** Where pages are served, and not only data. */
const PAGES = '/apidocs';
/** Paths that machines ask every few seconds: not worth a line each. */
const QUIET = /^\/(health|metrics)/;
/** The status of requests whose caller went before there was an answer; the number that nginx made common. */
const CALLER_WENT_AWAY = 499;

/** What is done for every request: common headers, a figure, a line. A Nest interceptor would cost ten times as much. */
export class RequestWatch {
  private readonly durations: RequestDurations;

  /** @param log where the lines go to; none without it */
  constructor(
    metrics: Metrics,
    private readonly headers: SecurityHeaders,
    private readonly log: RequestLog | undefined,
  ) {
    this.durations = new RequestDurations(metrics.registry);
  }

  /** Call when a request arrives. Its figure and line follow when the answer has gone out or the caller has. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    void reply
      .headers(request.url.startsWith(PAGES) ? this.headers.pages : this.headers.data)
      .header('x-request-id', request.id);
    const began = performance.now();
    reply.raw.on('close', () => this.end(request, reply, performance.now() - began));
  }

  private end(request: FastifyRequest, reply: FastifyReply, milliseconds: number): void {
    const { method, url, id } = request;
    const status = reply.raw.headersSent ? reply.statusCode : CALLER_WENT_AWAY;
    this.durations.observe(method, request.routeOptions.url ?? 'unknown', status, milliseconds / 1000);
    if (this.log === undefined || QUIET.test(url)) return;
    this.log.write(id, method, url, status, milliseconds, !reply.raw.writableFinished);
  }
}
