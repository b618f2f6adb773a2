import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiQuery,
  getSchemaPath,
} from '@nestjs/swagger';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { EXAMPLE_ID } from './dto/package.dto.js';

/** How a parameter is told of. */
interface Told {
  readonly description: string;
  readonly example?: string;
  readonly enum?: readonly string[];
}

const JWT: Told = {
  description: 'A permission token for `os.datastore`, or a user token, where it comes not as a header.',
};
const ID: Told = { description: 'The package, as `<userid>:<name>`.', example: EXAMPLE_ID };

/** `jwt` and `id`, as every route about one package takes them in its query. */
export const ApiPackageQuery = (more: Readonly<Record<string, Told>> = {}) =>
  applyDecorators(
    ...Object.entries({ jwt: JWT, id: ID, ...more }).map(([name, { description, ...rest }]) =>
      ApiQuery({ name, required: false, description, schema: schemaOf(rest) }),
    ),
  );

/** The same, in the query or in a form. */
export const ApiPackageForm = (more: Readonly<Record<string, Told>> = {}) =>
  applyDecorators(
    ApiPackageQuery(more),
    ApiConsumes('application/x-www-form-urlencoded', 'multipart/form-data'),
    ApiBody({
      required: false,
      schema: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries({ jwt: JWT, id: ID, ...more }).map(([name, told]) => [
            name,
            { ...schemaOf(told), description: told.description },
          ]),
        ),
      },
    }),
    ApiProblem(413, 'The form has a file in it, or is too large.'),
  );

/** The route answers this, or `null`. */
export const ApiNullable = (type: Type) =>
  applyDecorators(
    ApiExtraModels(type),
    ApiOkResponse({ schema: { nullable: true, type: 'object', allOf: [{ $ref: getSchemaPath(type) }] } }),
  );

function schemaOf({ example, enum: words }: Partial<Told>) {
  return {
    type: 'string' as const,
    ...(example !== undefined && { example }),
    ...(words && { enum: [...words] }),
  };
}
