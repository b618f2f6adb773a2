import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly example?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
}

interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface WrittenOperation {
  readonly 'x-permission'?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
}

interface WrittenDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, WrittenOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One method of one path, as the committed OpenAPI document has it. */
export interface ApiOperation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  /** The permission that it asks for, or `public`. */
  readonly permission: string;
  /** The JSON body of its example; nothing where it takes none. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** Fields that its body may have; nothing where it takes any. */
  readonly fields?: readonly string[] | undefined;
}

/** Every documented operation, in the order of the document. `npm run check` sees to it that the document is true. */
export function apiOperations(): readonly ApiOperation[] {
  const file = join(import.meta.dirname, '../../openapi/openapi.json');
  const document = JSON.parse(readFileSync(file, 'utf8')) as WrittenDocument;
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      permission: operation['x-permission'] ?? '',
      ...bodyOf(document, operation),
    })),
  );
}

function bodyOf(document: WrittenDocument, { requestBody }: WrittenOperation): Partial<ApiOperation> {
  const json = requestBody?.content['application/json'];
  if (!json) return {};
  const schema = resolved(document, json.schema ?? {});
  const [example] = Object.values(json.examples ?? {});
  return {
    body: (json.example ?? example?.value ?? exampleOf(document, schema)) as Record<string, unknown>,
    fields: schema.additionalProperties ? undefined : Object.keys(schema.properties ?? {}),
  };
}

function resolved(document: WrittenDocument, schema: Schema): Schema {
  const [whole] = schema.allOf ?? [];
  if (whole && schema.allOf!.length === 1) return resolved(document, whole);
  if (schema.$ref === undefined) return schema;
  return resolved(document, document.components.schemas[schema.$ref.split('/').at(-1)!]!);
}

function exampleOf(document: WrittenDocument, written: Schema): unknown {
  if (written.example !== undefined) return written.example;
  const schema = resolved(document, written);
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'array') return [exampleOf(document, schema.items ?? {})];
  if (schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, exampleOf(document, property)]),
    );
  }
  return { string: 'text', integer: schema.minimum ?? 1, number: 1, boolean: true }[schema.type ?? ''] ?? {};
}
