import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpConfig } from '../config/platform.config.js';

/** The base of every link that leaves the program. */
@Injectable()
export class PublicUrl {
  constructor(
    private readonly config: HttpConfig,
    private readonly host: HttpAdapterHost,
  ) {}

  /** The absolute URL of a path: PUBLIC_URL, or where this process listens. */
  to(path: string): string {
    const { PUBLIC_URL, HOST } = this.config;
    return (PUBLIC_URL ?? `http://${HOST}:${this.port()}`) + path;
  }

  private port(): number {
    const server = this.host.httpAdapter?.getHttpServer() as
      { address(): { port: number } | null } | undefined;
    return server?.address()?.port ?? this.config.PORT; // PORT=0 is known only once we listen
  }
}
