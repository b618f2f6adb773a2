import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, RawServerDefault } from 'fastify';

/**
 * Nest's adapter without its hooks. They run on every request, seven of them, for what is not used here: middleware,
 * CORS and CSRF of its own, a 503 while closing, versions by a function. Together they cost more than what we add.
 *
 * `enableCors`, `enableCsrfProtection`, `useSecurityHeaders` and `setOnRequestHook` do nothing here. What the hooks do
 * for odd request targets, `isOddTarget` tells `createHttpApplication` to do.
 */
export class LeanFastifyAdapter extends FastifyAdapter {
  /** Hooks added later are those of this program, and taken. */
  declare private takeHooks: () => void;

  constructor(options: ConstructorParameters<typeof FastifyAdapter<RawServerDefault>>[0]) {
    super(options);
    this.takeHooks();
  }

  /** The base class calls it, and then adds its hooks. */
  override setInstance<T = FastifyInstance>(instance: T): void {
    const fastify = instance as FastifyInstance;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- given back as it was: children inherit it
    const { addHook } = fastify;
    fastify.addHook = () => fastify;
    this.takeHooks = () => (fastify.addHook = addHook);
    super.setInstance(instance);
  }
}

const SLASH = 0x2f;
const ABSOLUTE = /^https?:\/\//i;

/**
 * Whether what a request asks for is neither a path nor an address (RFC 9112, 3.2), like `*orders`. The router takes
 * its first character for a slash, and whoever looks at the beginning of a path would be of another opinion.
 */
export function isOddTarget(target: string): boolean {
  return target.charCodeAt(0) !== SLASH && !ABSOLUTE.test(target);
}
