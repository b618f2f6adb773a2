import { parse as parseQuery } from 'node:querystring';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import secureJson from 'secure-json-parse';
import { InvalidInputError, TooLargeError, UnsupportedMediaTypeError } from '../errors/domain-error.js';
import { isShallow } from '../json/is-shallow.js';

/** Deeper bodies are refused: validation and serialisation are recursive. */
const MAX_DEPTH = 64;

/**
 * How a family of paths reads its bodies. `json`: as JSON whatever the content type says, for clients that send
 * none or the wrong one. `buffer`: the raw bytes, for signatures. `stream`: not read at all; the route does.
 */
export type BodyMode = 'json' | 'buffer' | 'stream';

/** Which paths read their bodies otherwise than by content type. */
@Injectable()
export class BodyModes {
  private readonly byPrefix: { prefix: string; mode: BodyMode }[] = [];

  /** Sets how bodies below a path are read. */
  register(prefix: string, mode: BodyMode): void {
    this.byPrefix.push({ prefix, mode });
  }

  /** Whether bodies below a path are read by its route as they come. */
  areStreams(path: string): boolean {
    return this.byPrefix.some(({ prefix, mode }) => mode === 'stream' && path.startsWith(prefix));
  }

  /** How the body of a request is read, where it is not by its content type. */
  of({ routeOptions, url }: Pick<FastifyRequest, 'url' | 'routeOptions'>): BodyMode | undefined {
    // As the route has it: a path may be written in many ways, such as with letters percent-encoded.
    const path = routeOptions.url ?? url;
    return this.byPrefix.find(({ prefix }) => path.startsWith(prefix))?.mode;
  }
}

/** Registers the parsers, all bounded by the route's body limit; multipart is the upload routes' own affair. */
export function registerBodyParsers(instance: FastifyInstance, modes: BodyModes): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', (request, payload, done) => {
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
    const mode = modes.of(request) ?? modeOfType(type);
    if (mode === 'stream') return done(null, payload);
    if (mode === undefined) return done(unsupported(type));
    collect(request, payload, request.routeOptions.bodyLimit)
      .then((body) => PARSERS[mode](body))
      .then((value) => done(null, value), done);
  });
}

const PARSERS = {
  json: (body: Buffer) => parseJson(body.toString()),
  form: (body: Buffer) => parseForm(body.toString()),
  buffer: (body: Buffer) => body,
};

function modeOfType(type: string): keyof typeof PARSERS | 'stream' | undefined {
  if (type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  return undefined;
}

async function collect(
  request: FastifyRequest,
  payload: AsyncIterable<Buffer>,
  limit: number,
): Promise<Buffer> {
  if (Number(request.headers['content-length']) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of payload) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    // A client that went away is not an error of ours, though it looks like any broken connection.
    if (error instanceof TooLargeError || !request.raw.destroyed) throw error;
    throw new InvalidInputError('BODY_INCOMPLETE', 'The connection ended before the whole body had arrived.');
  }
  return Buffer.concat(chunks);
}

function tooLarge(limit: number): TooLargeError {
  return new TooLargeError(
    'BODY_TOO_LARGE',
    `The body is larger than the ${limit} bytes that this route takes.`,
  );
}

function unsupported(type: string): UnsupportedMediaTypeError {
  return new UnsupportedMediaTypeError(
    'UNSUPPORTED_MEDIA_TYPE',
    `This route does not read bodies of type ${type || 'unknown'}. Send JSON with Content-Type: application/json.`,
  );
}

/** Names that would reach into the prototype of whatever the form is copied to. */
const FORBIDDEN_NAMES = ['__proto__', 'constructor', 'prototype'];

function parseForm(text: string): unknown {
  const form = parseQuery(text);
  const forbidden = FORBIDDEN_NAMES.find((name) => name in form); // a form has no prototype of its own
  if (forbidden !== undefined) {
    throw new InvalidInputError('BAD_FORM', `A form must not have a field named ${forbidden}.`);
  }
  return { ...form };
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined; // a content type without a body: the route says what it misses
  let value: unknown;
  try {
    value = secureJson.parse(text, undefined, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    throw new InvalidInputError('BAD_JSON', `The body is not valid JSON: ${(error as Error).message}.`);
  }
  if (!isShallow(value, MAX_DEPTH))
    throw new InvalidInputError('BODY_TOO_DEEP', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  return value;
}
