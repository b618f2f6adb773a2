import type { FastifyRequest } from 'fastify';

/** A request about one object. */
export type ObjectRequest = FastifyRequest<{
  Params: Readonly<Record<string, string>>;
  Querystring: Readonly<Record<string, unknown>>;
}>;

/** The key in the path of a request, decoded and as it came: whoever uses it checks it. */
export function keyOf({ params }: ObjectRequest): string {
  return params['*'] ?? '';
}
