import fc, { type Arbitrary } from 'fast-check';
import type { ApiDocument, Operation, Parameter, Schema } from './document.js';
import { type Body, type Caller, type Draft, type Part } from './request.js';
import { oddText, valueOf } from './values.js';

/** What there is on the server: values that mean something, by the name of their parameter. */
export type World = (operation: Operation, parameter: string) => readonly string[];

/** How often which caller asks: most ways into the program are open to an administrator only. */
const caller: Arbitrary<Caller> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('admin' as const) },
  { weight: 4, arbitrary: fc.constant('user' as const) },
  { weight: 1, arbitrary: fc.constant('nobody' as const) },
);

/** Requests for an operation that are as documented. */
export function validDraft(document: ApiDocument, world: World, operation: Operation): Arbitrary<Draft> {
  return draftOf(operation, (parameter) => parameterValue(document, world, operation, parameter), {
    body: bodyOf(document, operation),
    optional: 4,
  });
}

/** Requests for an operation whose parameters are anything at all. */
export function oddDraft(document: ApiDocument, world: World, operation: Operation): Arbitrary<Draft> {
  return draftOf(
    operation,
    (parameter) =>
      fc.oneof(
        { weight: 3, arbitrary: oddText },
        { weight: 1, arbitrary: parameterValue(document, world, operation, parameter) },
      ),
    { body: bodyOf(document, operation), optional: 2 },
  );
}

/** @param optional one in so many of the parameters that may be left out is there */
function draftOf(
  operation: Operation,
  valueFor: (parameter: Parameter) => Arbitrary<string>,
  { body, optional }: { body: Arbitrary<Body | undefined>; optional: number },
): Arbitrary<Draft> {
  const parameters = operation.parameters ?? [];
  const values = parameters.map((parameter) =>
    parameter.required === true
      ? valueFor(parameter)
      : fc.oneof(
          { weight: optional - 1, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: valueFor(parameter) },
        ),
  );
  return fc.tuple(caller, fc.tuple(...values), body).map(([caller, values, body]) => {
    const given = (where: Parameter['in']) =>
      parameters.flatMap(({ name, in: place }, index) => {
        const value = values[index];
        return place === where && value !== undefined ? [[name, value] as const] : [];
      });
    return {
      operation,
      caller,
      method: operation.method,
      path: Object.fromEntries(given('path')),
      query: given('query'),
      // A header holds one line of Latin letters; odder ones are made where requests are written.
      headers: given('header').map(([name, value]) => [name, value.replace(/[^\x20-\x7e]/g, '?')] as const),
      ...(body && { body }),
      changes: [],
    };
  });
}

function parameterValue(
  document: ApiDocument,
  world: World,
  operation: Operation,
  { name, schema = {}, example, in: place }: Parameter,
): Arbitrary<string> {
  const known = world(operation, name);
  const said: Schema = example === undefined ? schema : { ...schema, example };
  const made = valueOf(document, said).map((value) => String(value));
  // Few keys for many requests, so that some meet: that is what the header is for.
  if (place === 'header') return fc.oneof(fc.constantFrom('key-1', 'key-2', 'key-3'), made);
  if (known.length === 0) return made;
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: made });
}

function bodyOf(document: ApiDocument, { requestBody }: Operation): Arbitrary<Body | undefined> {
  const content = requestBody?.content ?? {};
  const json = content['application/json'];
  if (json) {
    const examples = Object.values(json.examples ?? {}).map(({ value }) => fc.constant(value));
    const value = fc.oneof(...examples, valueOf(document, json.schema ?? {}));
    const body = value.map((value): Body => ({ kind: 'json', value }));
    return requestBody?.required === true ? body : fc.option(body, { nil: undefined });
  }
  const form = content['multipart/form-data'];
  if (!form) return fc.constant(undefined);
  const fields = Object.entries(document.resolved(form.schema ?? {}).properties ?? {});
  if (fields.some(([, { format }]) => format === 'binary')) return orderForm;
  const parts = fields.map(([name, schema]) =>
    fc.option(
      valueOf(document, schema).map((value): Part => ({ name, content: String(value) })),
      { nil: undefined },
    ),
  );
  return fc
    .tuple(...parts)
    .map((given): Body => ({ kind: 'form', parts: given.filter((part) => part !== undefined) }));
}

const orderLine = fc
  .record({
    id: fc.integer({ min: 1, max: 500 }).map(String),
    name: fc.oneof(fc.constantFrom('Mia Rossi', 'Zoë Núñez', '=1+1'), fc.string({ maxLength: 20 })),
    email: fc.constantFrom('mia@example.com', 'nobody', 'zoe@example.net'),
    state: fc.constantFrom('NY', 'CA', 'ny', 'Texas', ''),
    zipcode: fc.constantFrom('10001', '99999', '1', '11111*1111'),
    birthday: fc.constantFrom('Feb 27, 1963', '1963-02-27', 'Feb 30, 1980', 'never'),
  })
  .map((order) =>
    Object.values(order)
      .join('|')
      .replace(/[\r\n]/g, ' '),
  );

/** The form of an upload. Most of its files are good enough. */
const orderForm: Arbitrary<Body> = fc
  .record({
    lines: fc.array(orderLine, { maxLength: 5 }),
    header: fc.oneof(
      { weight: 9, arbitrary: fc.constant('id|name|email|state|zipcode|birthday') },
      { weight: 1, arbitrary: oddText },
    ),
  })
  .map(({ header, lines }) => {
    const file: Part = {
      name: 'csv_file',
      filename: 'orders.csv',
      type: 'text/csv',
      content: [header, ...lines, ''].join('\n'),
    };
    return { kind: 'form', parts: [file] };
  });
