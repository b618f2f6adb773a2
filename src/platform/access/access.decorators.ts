import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { ApiBasicAuth, ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Actor } from './actor.js';
import { ApiProblem } from '../http/api-problem.decorator.js';
import { PERMISSION, PermissionGuard, PUBLIC } from './permission.guard.js';

/** Where the OpenAPI document says which permission an operation asks for. */
export const PERMISSION_EXTENSION = 'x-permission';

/** The route asks for this permission; the guard runs and OpenAPI says so. */
export const RequirePermission = (permission: string) =>
  applyDecorators(
    SetMetadata(PERMISSION, permission),
    ApiExtension(PERMISSION_EXTENSION, permission),
    UseGuards(PermissionGuard),
    ApiBearerAuth(),
    ApiBasicAuth(),
    ApiProblem(401, 'No credentials, or they are not valid.'),
    ApiProblem(403, `The caller does not hold the permission \`${permission}\`.`),
  );

/** The route is open to everybody. No guard runs at all. */
export const Public = () =>
  applyDecorators(SetMetadata(PERMISSION, PUBLIC), ApiExtension(PERMISSION_EXTENSION, PUBLIC));

/** The caller, as the guard found it. */
export const CurrentActor = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<{ actor: Actor }>().actor,
);
