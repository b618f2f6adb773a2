import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { RequirePermission } from '../platform/access/access.decorators.js';
import { Idempotent } from '../platform/http/idempotent.decorator.js';
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
    // After it: what is said last of a status counts. The descriptions are those of the permission.
    ApiEnvelopeError(401, ''),
    ApiEnvelopeError(403, ''),
  );

/** The route honours `Idempotency-Key`; the refusals of that come in the envelope. */
export const OrdersIdempotent = () =>
  // After it, as above.
  applyDecorators(Idempotent(), ApiEnvelopeError(409, ''), ApiEnvelopeError(422, ''));

/** The parameter that every route takes and gives back. */
export const ApiUuid = () =>
  ApiQuery({
    name: 'uuid',
    required: false,
    schema: { type: 'string' },
    description:
      'Identity of the request, up to 128 letters, digits and `_.:-`; comes back in the answer. One is made where none is given.',
  });

/** Documents the header that a page has while there may be another one. */
export const ApiNextPage = {
  Link: {
    description: 'The next page (`rel="next"`), where this one is full.',
    schema: { type: 'string' },
  },
} as const;

/** The parameters of the list. */
export const ApiOrderQuery = () =>
  applyDecorators(
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 0, example: 50 },
      description:
        'How many at most; 0 or none: as many as one answer may hold (1000, unless configured otherwise).',
    }),
    ApiQuery({
      name: 'after',
      required: false,
      schema: { type: 'integer' },
      description: 'Only orders with a greater id: the last id of the page before.',
    }),
    ApiQuery({
      name: 'offset',
      required: false,
      schema: { type: 'integer', minimum: 0 },
      description: 'How many to pass over. Slow when it is large: `after` is not.',
    }),
    ApiQuery({
      name: 'valid',
      required: false,
      schema: { type: 'boolean' },
      description: '`true`, `false`, `1` or `0`.',
    }),
    ApiQuery({
      name: 'state',
      required: false,
      schema: { type: 'string', pattern: '^[A-Za-z]{2}$' },
      description: 'Only orders of this state, such as `NY`; upper and lower case are told apart.',
    }),
    ApiUuid(),
  );
