import { defineEntity, p } from '@mikro-orm/core';

/** Title, description, region and country of a descriptor, as words; whoever looks for one in another form finds it. */
const SEARCH = `
  to_tsvector('simple', coalesce("descriptor"->>'title', '')) ||
  to_tsvector('simple', coalesce("descriptor"->>'description', '')) ||
  jsonb_to_tsvector('simple', coalesce("descriptor"->'regionCode', 'null'), '["string"]') ||
  jsonb_to_tsvector('simple', coalesce("descriptor"->'countryCode', 'null'), '["string"]')`
  .replace(/\s+/g, ' ')
  .trim();

const PackageSchema = defineEntity({
  name: 'Package',
  tableName: 'package',
  properties: {
    id: p.text().primary(),
    owner: p.text(),
    name: p.text(),
    author: p.text().nullable(),
    countryCodes: p.array().columnType('text[]'),
    private: p.boolean().default(true),
    loaded: p.boolean().nullable(),
    loadingStatus: p.text().nullable(),
    originUrl: p.text().nullable(),
    dataset: p.text().nullable(),
    descriptor: p.json<PackageDescriptor>(),
    model: p.json<PackageModel>().nullable(),
    defaultParams: p.json<object>().nullable(),
    countOfRows: p.bigint('number').nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
    lastUpdate: p.datetime(3).defaultRaw('now()'),
    search: p.text().columnType('tsvector').generated(`(${SEARCH}) stored`).lazy(),
  },
  indexes: [
    // What everybody sees, newest first; and what one owner has.
    {
      name: 'package_public_index',
      expression:
        'create index "package_public_index" on "package" ("last_update" desc, "id") where not "private" and "loaded" is distinct from false',
    },
    { name: 'package_owner_index', properties: ['owner', 'id'] },
    // What a text is looked for in. An author may be longer than what fits into the pages of another kind of index.
    {
      name: 'package_search_index',
      expression: 'create index "package_search_index" on "package" using gin ("search")',
    },
    {
      name: 'package_author_index',
      expression: 'create index "package_author_index" on "package" using hash ("author")',
    },
    {
      name: 'package_city_index',
      expression: `create index "package_city_index" on "package" using gin (("descriptor"->'cityCode'))`,
    },
  ],
});

/** What a `datapackage.json` says. */
export type PackageDescriptor = Readonly<Record<string, unknown>>;

/** The fiscal model: `fact_table`, `measures`, `dimensions`, `hierarchies`. */
export type PackageModel = Readonly<Record<string, unknown>>;

/**
 * A data package that was loaded, or is being loaded. `id` is `<userid of the owner>:<name>`. `loaded` is null where
 * nobody says. The descriptor is what was read, but for the e-mail address of its author.
 */
export class Package extends PackageSchema.class {}
PackageSchema.setClass(Package);
