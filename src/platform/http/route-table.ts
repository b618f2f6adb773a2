import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** One served route, in Fastify's spelling of paths. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** What the router really serves, for the checks that hold it against the OpenAPI document and the permissions. */
@Injectable()
export class RouteTable {
  private readonly routes: Route[] = [];

  /** Starts to take notes; call before any route is registered. */
  track(instance: FastifyInstance): void {
    instance.addHook('onRoute', ({ method, path }) => {
      for (const one of [method].flat()) this.routes.push({ method: one, path });
    });
  }

  /** All routes so far, HEAD and OPTIONS companions left out. */
  all(): readonly Route[] {
    return this.routes.filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS');
  }
}
