import { defineEntity, p } from '@mikro-orm/core';
import type { Visibility } from './visibility.js';

const DatasetSchema = defineEntity({
  name: 'Dataset',
  tableName: 'dataset',
  properties: {
    owner: p.text().primary(),
    name: p.text().primary(),
    visibility: p.text().$type<Visibility>(),
  },
});

/**
 * Who may read those files of a dataset that have no visibility of their own: the ones of /datastore. It is kept when all
 * of them are deleted, and there is none before a dataset is published for the first time.
 */
export class Dataset extends DatasetSchema.class {}
DatasetSchema.setClass(Dataset);
