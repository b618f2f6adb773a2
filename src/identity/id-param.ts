import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

const MAX_ID = 2 ** 31 - 1;

/**
 * The number in an address. What cannot be one becomes 0, which nothing has: the service says 403 or 404, in that
 * order. A decorator and not a pipe, because the global pipe reads `1e0` as a number before any other is asked.
 */
export const IdParam = createParamDecorator((name: string, context: ExecutionContext) =>
  toId(
    context.switchToHttp().getRequest<FastifyRequest<{ Params: Record<string, string> }>>().params[name] ??
      '',
  ),
);

/** Documents a parameter that `IdParam` reads. */
export const ApiId = (name: string, description: string) =>
  ApiParam({ name, description, schema: { type: 'integer', minimum: 1, maximum: MAX_ID }, example: 1 });

function toId(text: string): number {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : 0;
}
