import type { FastifyRequest } from 'fastify';

/** Larger than any token. */
const MAX_FIELD_BYTES = 64 * 1024;

/** The parameters of a request, as the originals read them: each may come in the query or in a form. */
export interface RequestValues {
  /** The text of a parameter; undefined where it does not come, or is empty. The query goes before the form. */
  get(name: string): string | undefined;
}

/**
 * Reads the parameters of a request. The fields of a multipart form are left as its body, so that a token is found
 * there too: to be called before anybody asks who the caller is.
 */
export async function requestValues(request: FastifyRequest): Promise<RequestValues> {
  if (request.isMultipart()) {
    const fields: [string, unknown][] = [];
    const limits = { files: 0, fieldSize: MAX_FIELD_BYTES };
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') fields.push([part.fieldname, part.value]);
    }
    request.body = Object.fromEntries(fields);
  }
  const sources = [request.query, request.body].map((source) => Object(source) as Record<string, unknown>);
  return {
    get: (name) =>
      sources.map((source) => (Object.hasOwn(source, name) ? first(source[name]) : undefined)).find(Boolean),
  };
}

function first(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one : undefined;
}
