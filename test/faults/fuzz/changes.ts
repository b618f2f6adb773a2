import fc, { type Arbitrary } from 'fast-check';
import type { Body, Draft, Part } from './request.js';
import { wireChange } from './wire-changes.js';
import { oddJson, oddText } from './values.js';

/** Something that is done to a request. */
export type Change = (draft: Draft) => Draft;

/** A draft with one thing changed, or, now and then, with nothing changed. */
export function changedOnce(draft: Arbitrary<Draft>): Arbitrary<Draft> {
  const some = fc.tuple(draft, anyChange).map(([draft, change]) => change(draft));
  return fc.oneof({ weight: 5, arbitrary: some }, { weight: 1, arbitrary: draft });
}

/** A draft with several things changed. */
export function changedOften(draft: Arbitrary<Draft>): Arbitrary<Draft> {
  return fc
    .tuple(draft, fc.array(anyChange, { minLength: 1, maxLength: 3 }))
    .map(([draft, changes]) => changes.reduce((changed, change) => change(changed), draft));
}

const named =
  (what: string, change: Change): Change =>
  (draft) => ({ ...change(draft), changes: [...draft.changes, what] });

/** One item of a list without regard to how long it is. */
const place = fc.nat({ max: 1000 });
const at = <T>(items: readonly T[], place: number): number =>
  items.length === 0 ? -1 : place % items.length;

const queryChange: Arbitrary<Change> = fc.oneof(
  fc.tuple(place, oddText).map(([place, text]) =>
    named('another value of a parameter', (draft) => ({
      ...draft,
      query: draft.query.map(([name, value], index) => [
        name,
        index === at(draft.query, place) ? text : value,
      ]),
    })),
  ),
  // Every parameter that is documented gets its turn, not only those that the draft happens to have.
  fc.tuple(place, oddText).map(([place, text]) =>
    named('a parameter with any value', (draft) => {
      const names = (draft.operation.parameters ?? []).flatMap((one) => (one.in === 'query' ? one.name : []));
      const name = names[at(names, place)] ?? 'uuid';
      return { ...draft, query: [...draft.query.filter(([other]) => other !== name), [name, text]] };
    }),
  ),
  place.map((place) =>
    named('a parameter left out', (draft) => ({
      ...draft,
      query: draft.query.filter((_, index) => index !== at(draft.query, place)),
    })),
  ),
  fc.tuple(place, oddText).map(([place, text]) =>
    named('a parameter twice', (draft) => {
      const again = draft.query[at(draft.query, place)] ?? (['limit', '1'] as const);
      return { ...draft, query: [...draft.query, again, [again[0], text]] };
    }),
  ),
  fc.tuple(place, oddText).map(([place, text]) =>
    named('a parameter as an object', (draft) => {
      const [name] = draft.query[at(draft.query, place)] ?? (['limit', '1'] as const);
      return { ...draft, query: [...draft.query, [`${name}[a]`, text], [`${name}[]`, text]] };
    }),
  ),
  fc.tuple(oddText, oddText).map(([name, value]) =>
    named('a parameter that nobody knows', (draft) => ({
      ...draft,
      query: [...draft.query, [name, value]],
    })),
  ),
);

const pathChange: Arbitrary<Change> = fc.tuple(place, oddText).map(([place, text]) =>
  named('another value in the path', (draft) => {
    const names = Object.keys(draft.path);
    const name = names[at(names, place)];
    return name === undefined ? draft : { ...draft, path: { ...draft.path, [name]: text } };
  }),
);

const jsonChange: Arbitrary<Change> = fc.oneof(
  oddJson.map((value) => named('another body', (draft) => ({ ...draft, body: { kind: 'json', value } }))),
  fc
    .tuple(place, oddJson)
    .map(([place, value]) => named('another value of a field', (draft) => withField(draft, place, value))),
  place.map((place) => named('a field left out', (draft) => withField(draft, place, undefined))),
  fc
    .tuple(fc.oneof(oddText, fc.constantFrom('id', 'owner', 'ownerId', 'role', 'admin', 'version')), oddJson)
    .map(([name, value]) =>
      named('a field that nobody knows', (draft) => {
        const body = draft.body?.kind === 'json' ? draft.body.value : {};
        return { ...draft, body: { kind: 'json', value: { ...(body as object), [name]: value } } };
      }),
    ),
);

/** Changes any value of the body, however deep; undefined takes it away. */
function withField(draft: Draft, place: number, value: unknown): Draft {
  if (draft.body?.kind !== 'json') return draft;
  const copy = structuredClone(draft.body.value);
  const fields = fieldsOf(copy);
  const [holder, name] = fields[at(fields, place)] ?? [];
  if (holder && name !== undefined) {
    if (value === undefined) Reflect.deleteProperty(holder, name);
    else holder[name] = value;
  }
  return { ...draft, body: { kind: 'json', value: copy } };
}

type Holder = Record<string, unknown>;

/** Some of the bodies are nested deeper than this program could follow. */
const MAX_DEPTH = 100;

function fieldsOf(value: unknown, depth = 0): [holder: Holder, name: string][] {
  if (value === null || typeof value !== 'object' || depth === MAX_DEPTH) return [];
  return Object.entries(value).flatMap(([name, inner]): [Holder, string][] => [
    [value as Holder, name],
    ...fieldsOf(inner, depth + 1),
  ]);
}

const formChange: Arbitrary<Change> = fc.oneof(
  fc.tuple(oddText, oddText).map(([name, content]) => named('a field more', addPart({ name, content }))),
  oddText.map((name) =>
    named(
      'another file name',
      eachPart((part) => ({ ...part, filename: `${name}.csv` })),
    ),
  ),
  oddText.map((filename) =>
    named(
      'a file name that is none',
      eachPart((part) => ({ ...part, filename })),
    ),
  ),
  oddText.map((name) =>
    named(
      'another name of the field',
      eachPart((part) => ({ ...part, name })),
    ),
  ),
  oddText.map((content) =>
    named(
      'another file',
      eachPart((part) => ({ ...part, content })),
    ),
  ),
  fc.uint8Array({ maxLength: 2000 }).map((bytes) =>
    named(
      'a file of bytes',
      eachPart((part) => ({ ...part, content: Buffer.from(bytes) })),
    ),
  ),
  oddText.map((text) =>
    named(
      'a line more',
      eachPart((part) => ({ ...part, content: `${String(part.content)}${text}\n1|2` })),
    ),
  ),
  fc.constant(named('a second file', addPart({ name: 'csv_file', filename: 'b.csv', content: 'id\n' }))),
  fc.constant(
    named(
      'a large file',
      eachPart((part) => ({ ...part, content: Buffer.alloc(300_000, 'line\n') })),
    ),
  ),
  fc.constant(named('an empty form', (draft) => ({ ...draft, body: { kind: 'form', parts: [] } }))),
);

function addPart(part: Part): Change {
  return (draft) => ({ ...draft, body: { kind: 'form', parts: [...partsOf(draft.body), part] } });
}

function eachPart(change: (part: Part) => Part): Change {
  return (draft) => ({ ...draft, body: { kind: 'form', parts: partsOf(draft.body).map(change) } });
}

function partsOf(body: Body | undefined): readonly Part[] {
  return body?.kind === 'form' ? body.parts : [{ name: 'csv_file', filename: 'a.csv', content: 'id|name\n' }];
}

const wire: Arbitrary<Change> = wireChange.map(({ what, rewrite }) =>
  named(what, (draft) => ({
    ...draft,
    rewrite: (written) => rewrite(draft.rewrite ? draft.rewrite(written) : written),
  })),
);

/** The change is one of those that mean something for the operation: a body is changed where one is read. */
const anyChange: Arbitrary<Change> = fc
  .record({
    path: pathChange,
    query: queryChange,
    json: jsonChange,
    form: formChange,
    wire,
    turn: fc.nat(99),
  })
  .map((changes) => (draft) => {
    const content = draft.operation.requestBody?.content ?? {};
    const kinds: (keyof typeof changes & ('path' | 'query' | 'json' | 'form' | 'wire'))[] = ['wire', 'wire'];
    if (Object.keys(draft.path).length > 0) kinds.push('path', 'path');
    if (draft.operation.parameters?.some((one) => one.in === 'query')) kinds.push('query', 'query', 'query');
    if (content['application/json']) kinds.push('json', 'json', 'json');
    if (content['multipart/form-data']) kinds.push('form', 'form', 'form');
    return changes[kinds[changes.turn % kinds.length]!](draft);
  });
