import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parseBearerHeader } from '../passwords/authorization-header.js';

/** Which credentials a family of paths takes besides the header `Authorization`. */
export interface CredentialFamily {
  /** Paths that are it, or below it, e.g. `/datastore`. */
  readonly prefix: string;
  /** Whether API keys come in the header `API-Key` too. */
  readonly apiKeyHeader?: boolean;
}

/** What a request brings to tell who is asking. */
export interface RequestCredential {
  readonly scheme: 'bearer' | 'basic';
  /** A token or an API key; for Basic the whole header. */
  readonly value: string;
}

/**
 * Where requests carry credentials: in the header `Authorization` everywhere; on the paths of the Conductor and of
 * DataHub also in the header `Auth-Token` and in the parameter `jwt`, of the query or of a form. Clients of those send
 * the header empty when they have no token.
 */
@Injectable()
export class RequestCredentials {
  private readonly families: CredentialFamily[] = [];

  /** Has the paths of a family take the credentials of the originals. */
  register(...families: CredentialFamily[]): void {
    this.families.push(...families);
  }

  /** What the request brings; nothing where it brings none, or in a scheme that is not known here. */
  find(request: FastifyRequest): RequestCredential | undefined {
    const family = this.families.length > 0 ? this.familyOf(request) : undefined;
    const legacy = family && legacyToken(request, family);
    if (legacy !== undefined) return { scheme: 'bearer', value: legacy };
    const header = request.headers.authorization;
    if (header === undefined) return undefined;
    const bearer = parseBearerHeader(header);
    if (bearer !== undefined) return { scheme: 'bearer', value: bearer };
    return /^Basic /i.test(header) ? { scheme: 'basic', value: header } : undefined;
  }

  /** Whether the request brings anything at all, in whatever scheme. */
  any(request: FastifyRequest): boolean {
    return request.headers.authorization !== undefined || this.find(request) !== undefined;
  }

  private familyOf({ routeOptions, url }: FastifyRequest): CredentialFamily | undefined {
    // As the route has it: a path may be written in many ways, such as with letters percent-encoded.
    const path = routeOptions.url ?? url.split('?', 1)[0]!;
    return this.families.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  }
}

function legacyToken(request: FastifyRequest, { apiKeyHeader }: CredentialFamily): string | undefined {
  const { headers, query, body } = request;
  return (
    text(headers['auth-token']) ??
    (apiKeyHeader ? text(headers['api-key']) : undefined) ??
    text((query as Record<string, unknown> | undefined)?.['jwt']) ??
    text((body as Record<string, unknown> | null | undefined)?.['jwt'])
  );
}

/** What clients of the originals send that have no token. */
const NO_TOKEN = ['', 'undefined', 'null'];

/** A text that may be a token. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && !NO_TOKEN.includes(value) ? value : undefined;
}
