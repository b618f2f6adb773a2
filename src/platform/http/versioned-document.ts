import { hash } from 'node:crypto';
import { HttpStatus } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A document that callers may keep, and ask for again by its version. */
export interface VersionedDocument {
  readonly body: string | Buffer;
  readonly contentType: string;
  /** Changes with the content (RFC 9110, 8.8.3). */
  readonly etag: string;
}

/** The document, with its version. */
export function versionedDocument(body: string | Buffer, contentType: string): VersionedDocument {
  return { body, contentType, etag: `"${hash('sha256', body, 'base64url').slice(0, 22)}"` };
}

/** Sends the document, or 304 without it where `If-None-Match` names this version (RFC 9110, 13.1.2). */
export function sendDocument(
  { body, contentType, etag }: VersionedDocument,
  { headers }: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
): void {
  void reply.header('etag', etag);
  if (isNamed(etag, headers['if-none-match'])) void reply.status(HttpStatus.NOT_MODIFIED).send();
  else void reply.header('content-type', contentType).send(body);
}

function isNamed(etag: string, ifNoneMatch = ''): boolean {
  return ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
