import { defineEntity, p } from '@mikro-orm/core';

/** What a load is doing; the words of the originals, which their clients put into sentences. */
export type LoadStatus =
  | 'queued'
  | 'initializing'
  | 'loading-datapackage'
  | 'validating-datapackage'
  | 'loading-resource'
  | 'deleting-table'
  | 'creating-table'
  | 'loading-data-ready'
  | 'loading-data'
  | 'creating-babbage-model'
  | 'saving-metadata'
  | 'done'
  | 'fail';

const PackageLoadSchema = defineEntity({
  name: 'PackageLoad',
  tableName: 'package_load',
  properties: {
    id: p.integer().primary().autoincrement(),
    address: p.text(),
    url: p.text(),
    owner: p.text(),
    packageId: p.text().nullable(),
    jobId: p.uuid().nullable(),
    status: p.text().default('queued'),
    rows: p.bigint('number').default(0),
    error: p.text().nullable(),
    publicError: p.text().nullable(),
    descriptor: p.json<Record<string, unknown>>().nullable().lazy(),
    hearsUntil: p.datetime(0).nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
    endedAt: p.datetime(3).nullable(),
  },
  indexes: [
    { name: 'package_load_address_index', properties: ['address', 'id'] },
    { name: 'package_load_owner_index', properties: ['owner', 'id'] },
    { name: 'package_load_package_index', properties: ['packageId', 'id'] },
    {
      name: 'package_load_unended_index',
      expression:
        'create index "package_load_unended_index" on "package_load" ("id") where "ended_at" is null',
    },
  ],
});

/**
 * A data package that `owner`, a userid, had loaded from the descriptor at `url`; `address` is what that is known by
 * (`loadAddress`). `status` is a LoadStatus, or a word of an external loader. A load with a `jobId` is a job of ours,
 * which knows more while it runs; one without is done by the external loader, which has to be heard of again until
 * `hearsUntil`. `publicError` is what others than the owner are told, where they are not told `error`. `rows` are those in the database so far, of all resources. `descriptor` is there once it was found valid, and until
 * the load ends.
 */
export class PackageLoad extends PackageLoadSchema.class {}
PackageLoadSchema.setClass(PackageLoad);
