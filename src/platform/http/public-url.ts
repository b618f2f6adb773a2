import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpConfig } from '../config/platform.config.js';

/** The base of every link that leaves the program. */
@Injectable()
export class PublicUrl {
  private base: string | undefined;

  constructor(
    private readonly config: HttpConfig,
    private readonly host: HttpAdapterHost,
  ) {}

  /** The absolute URL of a path: PUBLIC_URL, or where this process listens. */
  to(path: string): string {
    this.base ??= this.config.PUBLIC_URL ?? `http://${this.config.HOST}:${this.port()}`;
    return this.base + path;
  }

  private port(): number {
    const server = this.host.httpAdapter?.getHttpServer() as { address(): { port: number } | null } | undefined;
    return server?.address()?.port ?? this.config.PORT; // PORT=0 is known only once we listen
  }
}
