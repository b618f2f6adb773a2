import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { ApiDocument, Contents, Operation, Schema } from './document.js';
import type { Caller, Written } from './request.js';
import type { Answer } from './wire.js';

/** Longest time that an answer may take. */
export const LIMIT_MS = 2_000;

/**
 * What any operation may answer without saying so, because it is decided before its handler, by what the request looks
 * like and not by what it asks for: it cannot be decoded (400), is too large (413), is of a type that is not read (415),
 * has too long an address (414) or head (431). The description of the document lists them.
 */
const GENERAL: readonly number[] = [400, 413, 414, 415, 431];
/** What a request may be answered that asks for no operation: there is nothing, or not by this method. */
const NOWHERE: readonly number[] = [...GENERAL, 404, 405];

/** What a request is told that was refused while it was being read. */
const EARLY = /"code":"(NOT_HTTP|HEADERS_TOO_LARGE)"/;
const PROBLEM: Contents = { 'application/problem+json': { schema: { $ref: refTo('ProblemDto') } } };
const ENVELOPE: Contents = { 'application/json': { schema: { $ref: refTo('OrdersErrorEnvelopeDto') } } };

/** Holds answers against the document. */
export class Checks {
  private readonly ajv = new Ajv({ strict: false, allErrors: false });
  private readonly validators = new Map<Schema, ValidateFunction>();

  constructor(
    private readonly document: ApiDocument,
    private readonly isReserved: (permission: string) => boolean,
  ) {
    addFormats.default(this.ajv);
    this.ajv.addSchema({ $id: 'api', components: strict(document.written.components) as object });
  }

  /** What is wrong with an answer, in words; empty: nothing is. Slowness is judged elsewhere. */
  faultsOf(written: Written, caller: Caller, answer: Answer): string[] {
    if (answer.end === 'hung') return ['hung'];
    // Who promises a body and hangs up may be hung up on.
    if (written.endsEarly && answer.end === 'silent') return [];
    if (answer.end !== 'whole') return [`the answer is ${answer.end}`];
    if (answer.status >= 500) return [`status ${answer.status}`];
    const found = this.document.find(written.method, written.target);
    const faults = found
      ? this.ofOperation(found.operation, written, caller, answer)
      : this.ofNowhere(written, answer);
    if (!answer.headers.has('x-request-id')) faults.push('no X-Request-Id');
    return faults;
  }

  private ofOperation(operation: Operation, written: Written, caller: Caller, answer: Answer): string[] {
    const { status } = answer;
    const isIn = status < 400;
    if (isIn && caller === 'nobody' && operation.permission !== 'public') return [`nobody gets ${status}`];
    if (isIn && caller === 'user' && this.isReserved(operation.permission)) return [`a user gets ${status}`];
    const documented = operation.responses[status];
    if (!documented && !GENERAL.includes(status)) return [`status ${status} is not documented`];
    const contents = documented ? (documented.content ?? {}) : errorContents(operation.path);
    return this.ofBody(contents, written, answer, `status ${status}`);
  }

  private ofNowhere(written: Written, answer: Answer): string[] {
    const { status, headers } = answer;
    if (!NOWHERE.includes(status)) return [`status ${status} where no operation is`];
    const faults = this.ofBody(
      errorContents(written.target),
      written,
      answer,
      `status ${status} at no operation`,
    );
    if (status === 405 && !headers.has('allow')) faults.push('405 without Allow');
    return faults;
  }

  private ofBody(contents: Contents, { method }: Written, { status, headers, body }: Answer, where: string) {
    if (method === 'HEAD') {
      // Where it was not understood, nobody knows that it was HEAD.
      return body.length > 0 && !EARLY.test(body.toString()) ? [`${where}: HEAD has a body`] : [];
    }
    const type = (headers.get('content-type') ?? '').split(';', 1)[0]!;
    // Refused before it was known what is asked for, so in the form that most errors have.
    const isEarly = [400, 431].includes(status) && type === 'application/problem+json' && !contents[type];
    const allowed = isEarly && EARLY.test(body.toString()) ? PROBLEM : contents;
    if (Object.keys(allowed).length === 0)
      return body.length > 0 ? [`${where}: a body is not documented`] : [];
    const schema = allowed[type]?.schema;
    if (!schema) return [`${where}: content type ${type || 'none'} is not documented`];
    const value = valueOf(type, body.toString());
    if (value === undefined) return [`${where}: the body is not ${type}`];
    const validate = this.validatorOf(schema);
    if (validate(value)) return [];
    const [error] = validate.errors!;
    const path = error!.instancePath.replace(/\/\d+/g, '/*');
    const which = (error!.params as { additionalProperty?: string }).additionalProperty ?? '';
    return [`${where}: body${path} ${error!.message} ${which}`.trimEnd()];
  }

  private validatorOf(schema: Schema): ValidateFunction {
    let validate = this.validators.get(schema);
    if (!validate) {
      validate = this.ajv.compile(strict(schema) as object);
      this.validators.set(schema, validate);
    }
    return validate;
  }
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}

/** The form of errors below a path. */
function errorContents(target: string): Contents {
  return /^\/acme_orders(?:[/?]|$)/.test(target) ? ENVELOPE : PROBLEM;
}

function valueOf(type: string, text: string): unknown {
  try {
    if (type === 'application/x-ndjson')
      return text
        .split('\n')
        .filter(Boolean)
        .every((line) => parsed(line) !== undefined)
        ? text
        : undefined;
    return type.endsWith('json') ? parsed(text) : text;
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}

/**
 * A schema of OpenAPI 3.0 as JSON Schema. What has named properties has no others: a field that no document tells of is
 * one that somebody may have to be kept from.
 */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (value === null || typeof value !== 'object') return value;
  const { nullable, example: _, ...schema } = value as Record<string, unknown>;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, inner]) => [
      key,
      key === 'properties'
        ? mapped(inner as object)
        : key === '$ref'
          ? `api${inner as string}`
          : strict(inner),
    ]),
  );
  if ('properties' in copy && !('additionalProperties' in copy)) copy['additionalProperties'] = false;
  return nullable === true ? { anyOf: [{ type: 'null' }, copy] } : copy;
}

/** Names of properties are no keywords. */
function mapped(properties: object): object {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, strict(schema)]));
}
