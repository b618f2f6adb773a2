import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { PermissionGuard } from '../../platform/access/permission.guard.js';
import { ForbiddenError } from '../../platform/errors/domain-error.js';
import { UploadRequestInvalidError, UploadTokenRefusedError } from '../datastore.errors.js';
import { metadataText } from './upload-request.js';

/** Metadata key of the texts that the metadata of a request must have. */
export const REQUIRED_METADATA = 'signalbox:required-metadata';

/**
 * The guard in the manner of the originals: what a request is about is asked first (400), then the token; one that does
 * not open the service is as good as none (401).
 */
@Injectable()
export class UploadGuard implements CanActivate {
  constructor(private readonly guard: PermissionGuard) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const required = Reflect.getMetadata(REQUIRED_METADATA, context.getHandler()) as readonly string[];
    const { body } = context.switchToHttp().getRequest<FastifyRequest>();
    const metadata = (Object(body) as { metadata?: unknown }).metadata;
    const missing = required.filter((name) => metadataText(metadata, name) === undefined);
    if (missing.length > 0) {
      const message = 'it is missing, or no text; send {"metadata": {...}, "filedata": {...}} as JSON';
      throw new UploadRequestInvalidError(missing.map((name) => ({ path: `metadata.${name}`, message })));
    }
    try {
      return await this.guard.canActivate(context);
    } catch (error) {
      throw error instanceof ForbiddenError ? new UploadTokenRefusedError() : error;
    }
  }
}
