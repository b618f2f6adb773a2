import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ApiProblem } from './api-problem.decorator.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/**
 * The route honours `Idempotency-Key`: a client that got no answer sends the same request again and nothing happens
 * twice. For routes with a JSON body and a permission.
 *
 * With a key the handler runs inside one transaction, which its use cases join. So it must have no effect outside the
 * database but through `Database.afterCommit`, must not wait for the network, and must flush what it persisted before
 * it relies on the result: an error ends the whole request.
 */
export const Idempotent = () =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Any text of yours, best a random UUID, that stands for this request. Sent again with the same body, the ' +
        'request is not carried out again: you get the first answer, with `Idempotent-Replayed: true`.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
    }),
    ApiProblem(409, 'A request with this Idempotency-Key is being carried out; try again in a second.'),
    ApiProblem(422, 'The Idempotency-Key was used for another request.'),
  );
