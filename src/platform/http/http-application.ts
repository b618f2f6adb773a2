import type { IncomingMessage } from 'node:http';
import { type DynamicModule, type Type, ValidationPipe, type ValidationError } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Environment } from '../config/environment.js';
import { HttpConfig, LoggingConfig } from '../config/platform.config.js';
import { type FieldError, InvalidInputError } from '../errors/domain-error.js';
import { ErrorFilter } from '../errors/error.filter.js';
import { createLoggers, PinoLoggerService } from '../logging/logger.js';
import { Metrics } from '../metrics/metrics.js';
import { trackAllowedMethods } from './allowed-methods.js';
import { BodyModes, registerBodyParsers } from './body-parsers.js';
import { watchBodies } from './body-watch.js';
import { answerClientError } from './client-errors.js';
import { isOddTarget, LeanFastifyAdapter } from './lean-fastify-adapter.js';
import { openApiDocument, serveSwagger } from './openapi.js';
import { requestId } from './request-id.js';
import { RequestWatch } from './request-watch.js';
import { RouteTable } from './route-table.js';
import { securityHeaders } from './security-headers.js';
import { StreamErrors } from './stream-errors.js';

/** Builds the HTTP application of a root module. `main.ts` and the end-to-end tests share it. */
export async function createHttpApplication(
  module: Type | DynamicModule,
  environment: Environment,
): Promise<NestFastifyApplication> {
  const http = new HttpConfig(environment);
  const { logger, requests } = await createLoggers(new LoggingConfig(environment));
  const refuse: Refuse = (error, request, reply) => {
    watch.begin(request, reply);
    app.get(ErrorFilter).refuse(error, request, reply);
  };
  const app = await NestFactory.create<NestFastifyApplication>(module, createAdapter(http, refuse), {
    logger: new PinoLoggerService(logger),
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
  });
  const headers = securityHeaders(http.PUBLIC_URL?.startsWith('https:') ?? false);
  const watch = new RequestWatch(app.get(Metrics), headers, requests);
  await configureApp(app, watch);
  return app;
}

type Refuse = (error: Error, request: FastifyRequest, reply: FastifyReply) => void;

/** @param refuse answers what has no route because its address is not one */
function createAdapter(http: HttpConfig, refuse: Refuse): FastifyAdapter {
  const headersTimeout = Math.min(http.HEADERS_TIMEOUT, http.REQUEST_TIMEOUT) * 1000;
  return new LeanFastifyAdapter({
    genReqId: (request: IncomingMessage) => requestId(request),
    bodyLimit: http.BODY_LIMIT,
    trustProxy: http.TRUST_PROXY.length > 0 ? http.TRUST_PROXY : false,
    logController: new StreamErrors(),
    frameworkErrors: refuse,
    clientErrorHandler: answerClientError,
    return503OnClosing: false, // who got through to us is served: the database closes after the last answer
    skipMiddie: true, // nothing here is an Express-style middleware
    multipart: false, // registered below, with our limits
    requestTimeout: 0, // bodies are watched below
    http: {
      maxHeaderSize: http.HEADER_LIMIT,
      headersTimeout,
      connectionsCheckingInterval: Math.min(5_000, headersTimeout),
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2048 },
  });
}

/** Everything between the socket and the controllers, in the order in which a request meets it. */
async function configureApp(app: NestFastifyApplication, watch: RequestWatch): Promise<void> {
  const http = app.get(HttpConfig);
  const instance = app.getHttpAdapter().getInstance();
  instance.server.maxConnections = http.MAX_CONNECTIONS;
  // What somebody expects of us beside the answer may be passed over; Node would refuse it in a form of its own.
  instance.server.on('checkExpectation', (request, response) =>
    instance.server.emit('request', request, response),
  );
  const modes = app.get(BodyModes);
  watchBodies(instance.server, {
    wholeMs: http.REQUEST_TIMEOUT * 1000,
    stallMs: http.UPLOAD_STALL_TIMEOUT * 1000,
    stallBytes: http.UPLOAD_STALL_TIMEOUT * http.UPLOAD_MIN_RATE,
    isUpload: (path) => modes.areStreams(path),
  });
  trackAllowedMethods(instance);
  app.get(RouteTable).track(instance);
  instance.addHook('onRequest', (request, reply, done) => {
    watch.begin(request, reply);
    if (bringsUnreadBody(request)) request.raw.resume();
    if (!request.is404 && isOddTarget(request.url)) reply.callNotFound();
    else done();
  });
  if (http.CORS_ORIGINS.length > 0) await app.register(cors, corsOptions(http.CORS_ORIGINS));
  registerBodyParsers(instance, modes); // first: it clears the table that multipart adds itself to
  multipart(
    withoutHooks(instance),
    {
      limits: {
        fileSize: http.UPLOAD_LIMIT,
        fieldSize: http.BODY_LIMIT,
        fields: 100,
        parts: 110,
        headerPairs: 200,
      },
    },
    () => undefined,
  );
  app.useGlobalFilters(app.get(ErrorFilter));
  app.useGlobalPipes(
    new ValidationPipe({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => invalidInput(errors),
    }),
  );
  serveSwagger(app, openApiDocument(app));
}

/**
 * Whether there is a body that no route reads. It is to be thrown away as it comes: a connection that is closed while
 * something lies on it unread is reset, and the answer may be lost with it.
 */
function bringsUnreadBody({ method, headers }: FastifyRequest): boolean {
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return hasBody && (method === 'GET' || method === 'HEAD');
}

/**
 * The plugin's hooks remove temporary files that it only writes when a route asks it to, which none does: uploads go
 * to the object store as they come. On every request they would cost more than all hooks of ours.
 */
function withoutHooks(instance: FastifyInstance): FastifyInstance {
  return Object.create(instance, { addHook: { value: () => instance } }) as FastifyInstance;
}

function corsOptions(origin: string[]): FastifyCorsOptions {
  return {
    origin,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Auth-Token',
      'Content-Type',
      'Content-MD5',
      'Idempotency-Key',
      'X-Request-Id',
      'Accept-Language',
    ],
    exposedHeaders: ['Link', 'Location', 'Retry-After', 'X-Request-Id', 'Idempotent-Replayed'],
    maxAge: 600,
  };
}

function invalidInput(errors: ValidationError[]): InvalidInputError {
  const fields = flatten(errors, '');
  return new InvalidInputError(
    'INVALID_INPUT',
    fields.map(({ message }) => message).join('; ') || 'The input is not valid.',
    { errors: fields },
  );
}

function flatten(errors: ValidationError[], prefix: string): FieldError[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => [
    ...Object.values(constraints).map((message) => ({ path: prefix + property, message })),
    ...flatten(children, `${prefix}${property}.`),
  ]);
}
