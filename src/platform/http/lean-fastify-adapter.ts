import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, RawServerDefault } from 'fastify';

/**
 * Nest's adapter without its hooks. They run on every request, seven of them, for what is not used here: middleware,
 * CORS and CSRF of its own, a 503 while closing, versions by a function. Together they cost more than what we add.
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
    const addHook = fastify.addHook.bind(fastify);
    fastify.addHook = () => fastify;
    this.takeHooks = () => (fastify.addHook = addHook);
    super.setInstance(instance);
  }
}
