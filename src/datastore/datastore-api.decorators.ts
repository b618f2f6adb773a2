import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import {
  ApiBasicAuth,
  ApiBearerAuth,
  ApiExtension,
  ApiHeader,
  ApiQuery,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { PERMISSION_EXTENSION } from '../platform/access/access.decorators.js';
import { PERMISSION } from '../platform/access/permission.guard.js';
import { REQUIRED_METADATA, UploadGuard } from './uploads/upload.guard.js';

/** The ways in which clients of the originals send their token. */
export const ApiAuthToken = () =>
  applyDecorators(
    ApiHeader({
      name: 'Auth-Token',
      required: false,
      description: 'A token, where it does not come as `Authorization: Bearer`.',
      schema: { type: 'string' },
    }),
    ApiQuery({
      name: 'jwt',
      required: false,
      description: 'The same.',
      schema: { type: 'string' },
    }),
  );

/**
 * A route of the originals' upload services, and the permission that it asks for.
 * @param required texts that must be in the metadata of its body, which is asked before the token
 */
export const UploadRoute = (permission: string, required: readonly string[] = []) =>
  applyDecorators(
    SetMetadata(PERMISSION, permission),
    SetMetadata(REQUIRED_METADATA, required),
    ApiExtension(PERMISSION_EXTENSION, permission),
    UseGuards(UploadGuard),
    ApiBearerAuth(),
    ApiBasicAuth(),
    ApiAuthToken(),
    ApiUnauthorizedResponse({
      description: `No token, or it is not valid, or not for this service (\`${permission}\`), or not the owner's.`,
    }),
  );
