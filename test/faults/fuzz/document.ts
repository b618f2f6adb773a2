import findMyWay, { type HTTPMethod } from 'find-my-way';

/** A schema of the document, as far as it is read here. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly example?: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: Schema;
  readonly example?: unknown;
}

interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
export type Contents = Readonly<Record<string, Content>>;

interface WrittenOperation {
  readonly 'x-permission'?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Contents };
  readonly responses: Readonly<Record<string, { readonly content?: Contents }>>;
}

/** What `/api/spec` answers, as far as it is read here. */
export interface WrittenDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, WrittenOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One method of one path. */
export interface Operation extends WrittenOperation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly permission: string;
}

/** The OpenAPI document of a running server: what there is, and which of it a request asks for. */
export class ApiDocument {
  readonly operations: readonly Operation[];
  // Told apart as the server does it: a percent sign, a slash at the end or a parameter must not mislead the check.
  private readonly router = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 2048 });

  constructor(readonly written: WrittenDocument) {
    this.operations = Object.entries(written.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        ...operation,
        method: method.toUpperCase(),
        path,
        permission: operation['x-permission'] ?? '',
      })),
    );
    for (const operation of this.operations) {
      // What a path ends with in any length is called `path`.
      const pattern = operation.path.replace(/\{path\}$/, '*').replace(/\{(\w+)\}/g, ':$1');
      this.router.on(operation.method as HTTPMethod, pattern, () => undefined, operation);
    }
  }

  /** The operation that a request asks for, if it is one, and its parameters; HEAD asks what GET does. */
  find(method: string, target: string): { operation: Operation; params: Record<string, string> } | undefined {
    try {
      const asked = (method === 'HEAD' ? 'GET' : method) as HTTPMethod;
      const found = this.router.find(asked, pathOf(target));
      // A parameter without a value is none: the server finds nothing there.
      if (!found || Object.values(found.params).includes('')) return undefined;
      return { operation: found.store as Operation, params: found.params as Record<string, string> };
    } catch {
      return undefined; // an address that cannot be decoded
    }
  }

  /** A schema with its references followed, one level deep. */
  resolved(schema: Schema): Schema {
    if (schema.$ref !== undefined)
      return this.resolved(this.written.components.schemas[schema.$ref.split('/').at(-1)!] ?? {});
    const [only, ...more] = schema.allOf ?? [];
    return only && more.length === 0 ? { ...this.resolved(only), ...schema, ...this.typeOf(only) } : schema;
  }

  private typeOf(schema: Schema): Schema {
    const { properties, required, enum: values, type } = this.resolved(schema);
    return {
      ...(type !== undefined && { type }),
      ...(values && { enum: values }),
      ...(properties && { properties }),
      ...(required && { required }),
    };
  }
}

const ABSOLUTE = /^https?:\/\/[^/]*/i;

/** The path of what a request asks for, which may be an address (RFC 9112, 3.2.2); empty where it is neither. */
function pathOf(target: string): string {
  const path = target.replace(ABSOLUTE, '').split(/[?#]/, 1)[0]!;
  return path.startsWith('/') ? path : '';
}
