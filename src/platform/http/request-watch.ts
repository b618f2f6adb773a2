import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Histogram } from 'prom-client';
import type { Metrics } from '../metrics/metrics.js';
import { securityHeaders } from './security-headers.js';

const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Paths that machines ask every few seconds: not worth a line each. */
const QUIET = /^\/(health|metrics)/;
/** The status of requests whose caller went before there was an answer; the number that nginx made common. */
const CALLER_WENT_AWAY = 499;
/** In the query of legacy clients and of signed addresses. */
const SECRET_PARAMETER =
  /([?&](?:jwt|token|access_token|refresh_token|id_token|code|state|password|secret|client_secret|api_?key|signature|x-amz-(?:signature|credential|security-token))=)[^&]*/gi;

/** What is done for every request: common headers, a figure, a line. A Nest interceptor would cost ten times as much. */
export class RequestWatch {
  private readonly headers = securityHeaders();
  private readonly durations: Histogram<'method' | 'route' | 'status'>;
  // One child per combination, looked up by one string: prom-client would build and hash the label set each time.
  private readonly children = new Map<string, { observe(seconds: number): void }>();

  /** @param logger where the lines go to; none without it */
  constructor(
    metrics: Metrics,
    private readonly logger: Logger | undefined,
  ) {
    this.durations = metrics.histogram(
      'http_request_duration_seconds',
      'Duration of HTTP requests',
      ['method', 'route', 'status'],
      BUCKETS,
    );
  }

  /** Call when a request arrives. Its figure and line follow when the answer has gone out or the caller has. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    void reply.headers(this.headers).header('x-request-id', request.id);
    reply.raw.once('close', () => this.end(request, reply));
  }

  private end(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.url ?? 'unknown';
    const status = reply.raw.headersSent ? reply.statusCode : CALLER_WENT_AWAY;
    const milliseconds = reply.elapsedTime;
    this.duration(request.method, route, status).observe(milliseconds / 1000);
    if (this.logger === undefined || QUIET.test(request.url)) return;
    this.logger.info(
      {
        requestId: request.id,
        method: request.method,
        path: withoutSecrets(request.url),
        status,
        ms: Math.round(milliseconds),
        ...(!reply.raw.writableFinished && { cut: true }), // the caller did not get all of it
      },
      'request',
    );
  }

  private duration(method: string, route: string, status: number): { observe(seconds: number): void } {
    const key = `${method} ${route} ${status}`;
    let child = this.children.get(key);
    if (!child) {
      child = this.durations.labels(method, route, String(status));
      this.children.set(key, child);
    }
    return child;
  }
}

function withoutSecrets(url: string): string {
  return url.includes('=') ? url.replace(SECRET_PARAMETER, '$1[redacted]') : url;
}
