import type { FastifyInstance, FastifyRequest } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { MethodNotAllowedError } from '../errors/domain-error.js';
import { isOddTarget } from './lean-fastify-adapter.js';

type Lookup = (path: string) => string[];
const lookups = new WeakMap<object, Lookup>();

/**
 * Remembers which methods each path serves. Fastify's own router cannot be asked; without it a wrong method on a
 * known path would be 404.
 */
export function trackAllowedMethods(instance: FastifyInstance): void {
  const router = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 2048 });
  const methods = new Set<HTTPMethod>();
  instance.addHook('onRoute', ({ method, path }) => {
    if (path === '*') return; // answers preflights, whatever the path
    for (const one of [method].flat() as HTTPMethod[]) {
      methods.add(one);
      if (!router.hasRoute(one, path)) router.on(one, path, () => undefined);
    }
  });
  lookups.set(instance.server, (path) =>
    [...methods].filter((method) => isServed(router.find(method, path)?.params)).sort(),
  );
}

/** A path without a value where a parameter belongs, as `/users//roles`, is served by no method. */
function isServed(params: Record<string, string | undefined> | undefined): boolean {
  return (
    params !== undefined && !Object.entries(params).some(([name, value]) => name !== '*' && value === '')
  );
}

/** The error for a request whose path is served by other methods only; nothing where the path is unknown. */
export function methodNotAllowed(request: FastifyRequest): MethodNotAllowedError | undefined {
  if (isOddTarget(request.url)) return undefined;
  const allow = lookups.get(request.server.server)?.(request.url.split('?', 1)[0]!) ?? [];
  if (allow.length === 0) return undefined;
  return new MethodNotAllowedError(
    'METHOD_NOT_ALLOWED',
    `This address does not take ${request.method}. It takes ${allow.join(', ')}.`,
    { allow },
  );
}
