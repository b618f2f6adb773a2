import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';

/** Sends `null` as the JSON that clients of the Conductor read; without it the body would be empty. */
@Injectable()
export class JsonNull implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(map((answer: unknown) => (answer === null ? nullBody(reply) : answer)));
  }
}

function nullBody(reply: FastifyReply): string {
  void reply.type('application/json; charset=utf-8');
  return 'null';
}
