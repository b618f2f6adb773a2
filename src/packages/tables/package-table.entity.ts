import { defineEntity, p } from '@mikro-orm/core';
import type { DataColumn } from './data-table.js';

const PackageTableSchema = defineEntity({
  name: 'PackageTable',
  tableName: 'package_table',
  properties: {
    name: p.text().primary(),
    packageId: p.text(),
    loadId: p.integer(),
    resource: p.text(),
    position: p.integer(),
    view: p.text(),
    columns: p.json<readonly DataColumn[]>(),
    rows: p.bigint('number').default(0),
    widestRow: p.integer().default(0),
    isCurrent: p.boolean().default(false),
    createdAt: p.datetime(3).defaultRaw('now()'),
    retiredAt: p.datetime(0).nullable(),
  },
  indexes: [
    { name: 'package_table_package_index', properties: ['packageId', 'position'] },
    { name: 'package_table_load_index', properties: ['loadId'] },
  ],
});

/**
 * A table `package_data.<name>` with the rows of a resource, and how it came. Only the `isCurrent` ones of a package are
 * its data: the others are being filled, or were replaced (`retiredAt`), maybe with readers who are still at them. `view` is the name
 * that the current one goes by in SQL. `widestRow` is the length of the longest row, roughly in characters.
 */
export class PackageTable extends PackageTableSchema.class {}
PackageTableSchema.setClass(PackageTable);
