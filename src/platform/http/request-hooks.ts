import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.js';
import { securityHeaders } from './security-headers.js';

const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Paths that machines ask every few seconds: not worth a line each. */
const QUIET = /^\/(health|metrics)/;

/** What is done for every request, as Fastify hooks: a Nest interceptor would cost ten times as much. */
export function registerRequestHooks(instance: FastifyInstance, metrics: Metrics, logger: Logger | undefined): void {
  const durations = metrics.histogram('http_request_duration_seconds', 'Duration of HTTP requests', ['method', 'route', 'status'], BUCKETS);
  // One child per combination, looked up by one string: prom-client would build and hash the label set each time.
  const children = new Map<string, { observe(seconds: number): void }>();

  const headers = securityHeaders();

  instance.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('x-request-id', request.id);
    done();
  });
  instance.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const key = `${request.method} ${route} ${reply.statusCode}`;
    let child = children.get(key);
    if (!child) {
      child = durations.labels(request.method, route, String(reply.statusCode));
      children.set(key, child);
    }
    const milliseconds = reply.elapsedTime;
    child.observe(milliseconds / 1000);
    if (logger && !QUIET.test(request.url)) {
      logger.info(
        { requestId: request.id, method: request.method, path: withoutSecrets(request.url), status: reply.statusCode, ms: Math.round(milliseconds) },
        'request',
      );
    }
    done();
  });
}

/** Legacy clients pass their token in the query. */
function withoutSecrets(url: string): string {
  return url.includes('=') ? url.replace(/([?&](?:jwt|token|code|state|client_secret)=)[^&]*/gi, '$1[redacted]') : url;
}
