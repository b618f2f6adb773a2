import { defineEntity, p } from '@mikro-orm/core';

/** What is looked into for words, and how far: the database takes a megabyte of them at most. */
const SEARCHED = { title: 10_000, description: 100_000, regionCode: 1000, countryCode: 1000 };
const SEARCH = Object.entries(SEARCHED)
  .map(([field, length]) => `to_tsvector('simple', left(coalesce("descriptor"->>'${field}', ''), ${length}))`)
  .join(' || ');

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
