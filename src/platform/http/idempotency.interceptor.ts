import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, type Observable, of } from 'rxjs';
import type { Actor } from '../access/actor.js';
import { IdempotencyKeyInvalidError } from './idempotency.errors.js';
import { type Answer, IdempotentRequests } from './idempotent-requests.js';

const KEY = /^[\x20-\x7e]{1,255}$/;
/** What a handler may say beside the body; everything else is the same for every answer. */
const KEPT_HEADERS = ['location', 'retry-after', 'content-type', 'etag'];

/** Runs the handler of a create route once per `Idempotency-Key` and caller; see `Idempotent`. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly requests: IdempotentRequests) {}

  async intercept(context: ExecutionContext, next: CallHandler<unknown>): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest & { actor?: Actor }>();
    const key = request.headers['idempotency-key'];
    if (key === undefined) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key)) throw new IdempotencyKeyInvalidError();
    if (!request.actor)
      throw new Error('an idempotent route needs a permission: keys belong to their caller');
    const reply = http.getResponse<FastifyReply>();
    const answer = await this.requests.once(
      {
        owner: request.actor.userid,
        key,
        route: `${request.method} ${request.routeOptions.url}`,
        fingerprint: fingerprint(request),
      },
      async () => {
        const body = await lastValueFrom(next.handle(), { defaultValue: undefined });
        return { status: reply.statusCode, headers: keptHeaders(reply), body };
      },
    );
    if (answer.replayed) repeatOn(reply, answer);
    return of(answer.body);
  }
}

function fingerprint({ method, url, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, url, body ?? null]))
    .digest('hex');
}

function keptHeaders(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = reply.getHeader(name);
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
}

function repeatOn(reply: FastifyReply, { status, headers }: Answer): void {
  void reply.status(status).headers(headers).header('Idempotent-Replayed', 'true');
}
