import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { RequirePermission } from '../platform/access/access.decorators.js';
import { OrdersErrorEnvelopeDto } from './dto/envelope.dto.js';

/** Documents an error status that the route answers in the envelope. */
export const ApiEnvelopeError = (status: number, description: string) =>
  applyDecorators(
    ApiExtraModels(OrdersErrorEnvelopeDto),
    ApiResponse({
      status,
      description,
      content: { 'application/json': { schema: { $ref: getSchemaPath(OrdersErrorEnvelopeDto) } } },
    }),
  );

/** The route asks for this permission; its refusals come in the envelope. */
export const OrdersRoute = (permission: string) =>
  applyDecorators(
    RequirePermission(permission),
    // After it: what is said last of a status counts.
    ApiEnvelopeError(401, 'No credentials, or they are not valid.'),
    ApiEnvelopeError(403, `The caller does not hold the permission \`${permission}\`.`),
  );

/** The parameter that every route takes and gives back. */
export const ApiUuid = () =>
  ApiQuery({
    name: 'uuid',
    required: false,
    schema: { type: 'string' },
    description:
      'Identity of the request, up to 128 letters, digits and `_.:-`; comes back in the answer. One is made where none is given.',
  });
