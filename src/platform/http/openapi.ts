import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { HttpConfig } from '../config/platform.config.js';
import { LANGUAGES } from '../i18n/messages.js';

/** Where the document and its interactive form are; the aliases are those of the originals. */
export const OPENAPI_PATHS = ['api/spec', 'api/v1.0/spec', 'application/spec'];
const UI_PATH = 'apidocs';

/** The OpenAPI document of everything that the application serves. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Signalbox')
    .setDescription(
      "One backend for a data team's back office. Get a token with `POST /api/v1.0/tokens` (Basic, your nickname and password), " +
        'press **Authorize** and paste it as Bearer. Long operations answer 202 with a `Location` that tells how far they are.\n\n' +
        `Messages come in ${LANGUAGES.join(' and ')}, by \`Accept-Language\`. Errors are RFC 9457 problem documents unless a route says otherwise.`,
    )
    .setVersion('1.0')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A token from `POST /api/v1.0/tokens`, or an API key.' })
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Nickname and password.' })
    .build();
  return SwaggerModule.createDocument(app, config, { operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}` });
}

/** Serves Swagger UI and the document itself. */
export function serveSwagger(app: NestFastifyApplication, document: OpenAPIObject): void {
  void app.get(HttpConfig);
  SwaggerModule.setup(UI_PATH, app, document, {
    raw: false,
    customSiteTitle: 'Signalbox API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tagsSorter: 'alpha' },
  });
  const instance = app.getHttpAdapter().getInstance();
  for (const path of OPENAPI_PATHS) instance.get(`/${path}`, (_request, reply) => reply.send(document));
}
