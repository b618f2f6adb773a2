import type { PackageDescriptor, PackageModel } from './package.entity.js';

/** How the loader describes a package to the registry. */
export interface PackageContent {
  readonly owner: string;
  readonly name: string;
  /** As it was read. */
  readonly descriptor: PackageDescriptor;
  /** The fiscal model; null where it has none. */
  readonly model: PackageModel | null;
  /** Where the descriptor was read from. */
  readonly originUrl: string | null;
  /** What its files are kept under. */
  readonly dataset: string | null;
  readonly loadingStatus: string;
  /** Whether all its data are there. */
  readonly loaded: boolean;
  /** Over all its tables. */
  readonly countOfRows: number | null;
}

/** A package as clients get it. */
export interface PackageRecord {
  readonly id: string;
  readonly model: PackageModel | null;
  /** The descriptor, and what the registry adds. */
  readonly package: PackageDescriptor;
  readonly origin_url: string | null;
  readonly loaded: boolean | null;
  /** Seconds since 1970. */
  readonly last_update: number;
}

/** The fields of `PackageRecord`, each as SQL over the table `package`. */
export const RECORD_FIELDS = {
  id: 'to_jsonb(id)',
  model: 'model',
  package: packageWith('descriptor'),
  origin_url: 'to_jsonb(origin_url)',
  loaded: 'to_jsonb(loaded)',
  last_update: 'to_jsonb(extract(epoch from last_update)::float8)',
} as const;

/** The same as one JSON value. */
export const RECORD = jsonOf(RECORD_FIELDS);

/** The descriptor without the rows that resources hold themselves: they may be most of it, and are read elsewhere. */
const WITHOUT_ROWS = `case when descriptor->'resources' @? '$[*].data' and jsonb_typeof(descriptor->'resources') = 'array'
  then jsonb_set(descriptor, '{resources}', (
    select jsonb_agg(case jsonb_typeof(resource) when 'object' then resource - 'data' else resource end order by place)
    from jsonb_array_elements(descriptor->'resources') with ordinality as one (resource, place)))
  else descriptor end`;

/** A record as searches show it, which have many. */
export const FOUND_RECORD = jsonOf({ ...RECORD_FIELDS, package: packageWith(WITHOUT_ROWS) });

/** What everybody may see: published, and not still being loaded. */
export const PUBLIC = '(not private and loaded is distinct from false)';

/** The descriptor with what the registry adds. */
function packageWith(descriptor: string): string {
  return `(${descriptor} || jsonb_build_object('private', private, 'owner', owner, 'author', author,
    'count_of_rows', count_of_rows)
    || case when default_params is null then '{}' else jsonb_build_object('defaultParams', default_params) end)`;
}

function jsonOf(fields: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(fields).map(([name, sql]) => `'${name}', ${sql}`);
  return `jsonb_build_object(${pairs.join(', ')})`;
}
