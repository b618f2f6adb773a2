import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { JOB_HANDLER, type HandlesJob } from './job-handler.js';
import { jobKinds } from './job-kind.js';

/** Finds the handler of every kind in the program. The boot fails where one is missing or there are two. */
@Injectable()
export class JobHandlers implements OnModuleInit {
  private readonly handlers = new Map<string, HandlesJob<unknown, unknown>>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const { metatype, instance } of this.discovery.getProviders()) {
      const kind = metatype && (Reflect.getMetadata(JOB_HANDLER, metatype) as string | undefined);
      if (typeof kind !== 'string') continue;
      if (this.handlers.has(kind)) throw new Error(`two handlers for jobs of kind ${kind}`);
      this.handlers.set(kind, instance as HandlesJob<unknown, unknown>);
    }
    const missing = [...jobKinds().keys()].filter((kind) => !this.handlers.has(kind));
    if (missing.length > 0) throw new Error(`no handler for jobs of kind ${missing.join(', ')}`);
  }

  /** Kinds that this process can run. */
  get kinds(): string[] {
    return [...this.handlers.keys()];
  }

  get(kind: string): HandlesJob<unknown, unknown> {
    const handler = this.handlers.get(kind);
    if (!handler) throw new Error(`no handler for jobs of kind ${kind}`);
    return handler;
  }
}
