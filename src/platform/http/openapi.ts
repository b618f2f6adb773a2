import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { PERMISSION_EXTENSION } from '../access/access.decorators.js';
import { PUBLIC } from '../access/permission.guard.js';
import { LANGUAGES } from '../i18n/messages.js';
import { OpenApi } from './openapi.controller.js';

const UI_PATH = 'apidocs';

/** The OpenAPI document of everything that the application serves. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Signalbox')
    .setDescription(
      "One backend for a data team's back office. Get a token with `POST /api/v1.0/tokens` (Basic, your nickname and password), " +
        'press **Authorize** and paste it as Bearer. Long operations answer 202 with a `Location` that tells how far they are.\n\n' +
        `Messages come in ${LANGUAGES.join(' and ')}, by \`Accept-Language\`. Errors are RFC 9457 problem documents unless a route says otherwise.\n\n` +
        'What a request looks like is judged before what it asks for, so any route may answer 400 (it cannot be decoded), ' +
        '413 (its body is too large), 414 (its address is too long), 415 (a body of this type is not read), 429 (too many failed sign-ins, ' +
        'with Basic) and 431 (its head is too large).',
    )
    .setVersion('1.0')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'A token from `POST /api/v1.0/tokens`, the `jwt` of an API client, or an API key.',
    })
    .addBasicAuth({
      type: 'http',
      scheme: 'basic',
      description: 'Nickname and password, or an API key in the place of the password.',
    })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  leaveAliasesOut(document);
  for (const operation of operations(document)) {
    if (operation[PERMISSION_EXTENSION] === PUBLIC) operation.security = [];
  }
  return document;
}

/** What Nest adds to the ids of a method with several paths. */
const PATH_NUMBER = /\[(\d+)\]$/;

/** Of the paths of one method only the first is documented: the others are names of the originals for the same. */
function leaveAliasesOut({ paths }: OpenAPIObject): void {
  for (const [path, item] of Object.entries(paths)) {
    const methods = item as Record<string, { operationId?: string }>;
    for (const [method, operation] of Object.entries(methods)) {
      const id = operation.operationId ?? '';
      if (Number(PATH_NUMBER.exec(id)?.[1] ?? 0) > 0) delete methods[method];
      else operation.operationId = id.replace(PATH_NUMBER, '');
    }
    if (Object.keys(methods).length === 0) delete paths[path];
  }
}

type Operation = { security?: object[]; [PERMISSION_EXTENSION]?: string };

function operations(document: OpenAPIObject): Operation[] {
  return Object.values(document.paths).flatMap(
    (path) => Object.values(path as object).filter((value) => typeof value === 'object') as Operation[],
  );
}

/** Serves Swagger UI, and hands the document to the routes that serve it as JSON. */
export function serveSwagger(app: NestFastifyApplication, document: OpenAPIObject): void {
  app.get(OpenApi).document = document;
  SwaggerModule.setup(UI_PATH, app, document, {
    raw: false,
    customSiteTitle: 'Signalbox API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tagsSorter: 'alpha' },
  });
}
