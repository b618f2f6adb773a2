import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiParam, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { RequirePermission } from '../../platform/access/access.decorators.js';
import { Idempotent } from '../../platform/http/idempotent.decorator.js';
import { OrdersErrorEnvelopeDto } from '../dto/envelope.dto.js';
import { MAX_IDS } from './order-filters.js';
import { RULES } from '../rules/order-rules.js';
import { SORTS } from './order-sort.js';

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

/** The import that a route is about, in its address. */
export const ApiTaskId = () => ApiParam({ name: 'taskId', ...TASK_ID });
/** How the id of an import is documented. */
export const TASK_ID = {
  description: 'Id of the import, the end of `Location`.',
  example: '0199f0de-5f5a-7cc4-8d3e-0123456789ab',
} as const;
export const ApiNoImport = () => ApiEnvelopeError(404, 'There is no such import, or it is not yours.');

/** How many a page holds at most. */
export const ApiLimit = () =>
  ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 0, example: 50 },
    description:
      'How many at most; 0 or none: as many as one answer may hold (1000, unless configured otherwise).',
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
    ApiLimit(),
    ApiQuery({
      name: 'after',
      required: false,
      schema: { type: 'string' },
      description:
        'Only orders after this place: by id, the last id of the page before; in another sort, what the `Link` of that page says.',
    }),
    ApiQuery({
      name: 'offset',
      required: false,
      schema: { type: 'integer', minimum: 0 },
      description: 'How many to pass over. Slow when it is large: `after` is not.',
    }),
    ApiQuery({
      name: 'fields',
      required: false,
      schema: { type: 'string', enum: ['all'] },
      description: '`all` gives every field of the orders, as the answer for one order does.',
    }),
    ApiOrderSearch(),
    ApiUuid(),
  );

type Schema = NonNullable<Extract<Parameters<typeof ApiQuery>[0], { schema?: unknown }>['schema']>;
const TEXT: Schema = { type: 'string' };
const DATE: Schema = { type: 'string', format: 'date' };
const ID: Schema = { type: 'integer' };

/**
 * Filters, each with what it is told to be. They have no examples as others have: Swagger UI would fill all of them in,
 * and who just wants a list would have to clear each.
 */
const FILTERS: Readonly<Record<string, [schema: Schema, description: string]>> = {
  q: [
    TEXT,
    'Orders whose name or e-mail address begins with this, in any case, or whose id it is, such as `mi`.',
  ],
  valid: [{ type: 'boolean' }, '`true`, `false`, `1` or `0`.'],
  state: [
    { type: 'string', pattern: '^[A-Za-z]{2}$' },
    'Only orders of this state, such as `NY`; upper and lower case are told apart.',
  ],
  id: [TEXT, `An id, or up to ${MAX_IDS} with commas between, such as \`1,5,9\`.`],
  id_from: [ID, 'The least id.'],
  id_to: [ID, 'The greatest id.'],
  name: [TEXT, 'The whole name in any case, such as `mia rossi`.'],
  email: [TEXT, 'The whole e-mail address in any case, such as `mia.rossi@example.com`.'],
  zipcode: [TEXT, 'The whole zipcode as it is kept, such as `85001`.'],
  birthday: [DATE, 'The birthday, such as `1963-02-27`.'],
  birthday_from: [DATE, 'The earliest birthday.'],
  birthday_to: [DATE, 'The latest birthday.'],
  rule: [
    TEXT,
    `Orders that break this rule, or any of several with commas between: ${RULES.map((rule) => `\`${rule}\``).join(', ')}.`,
  ],
  import: [
    { type: 'string', format: 'uuid' },
    'Orders that this import brought: the id of its task. None where there is no such import.',
  ],
};

/** The parameters that say which orders are meant, and in which order they come. */
export const ApiOrderSearch = () =>
  applyDecorators(
    ApiQuery({
      name: 'sort',
      required: false,
      schema: { type: 'string', enum: SORTS, default: 'id' },
      description:
        'What to sort by; `-` in front for descending. Names and e-mail addresses without regard to case.',
    }),
    ...Object.entries(FILTERS).map(([name, [schema, description]]) =>
      ApiQuery({ name, required: false, schema, description }),
    ),
  );
