import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/**
 * Knows which HTTP request the running code serves, so that use cases need not pass its id down to the audit log.
 * Outside a request (CLI, jobs) it knows nothing.
 */
@Injectable()
export class RequestScope implements OnModuleInit {
  private readonly storage = new AsyncLocalStorage<string>();

  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined; // none in the CLI
    const instance = adapter?.getInstance<FastifyInstance | undefined>();
    instance?.addHook('onRequest', (request, _reply, done) => this.storage.run(request.id, done));
  }

  /** The id of the request being served, if any. */
  get requestId(): string | undefined {
    return this.storage.getStore();
  }
}
