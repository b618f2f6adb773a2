import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { PackageNotFoundError } from '../packages.errors.js';
import { StatementValues } from './statement.js';
import { visibleTo } from './visibility.js';
import { anyWord, foundIn, wordsOf } from './words.js';
import type {
  PackageDetailsDto,
  PackageListDto,
  PackageListItemDto,
  PackagesQueryDto,
} from '../registry/dto/package.dto.js';
import { viewerOf } from '../registry/package-access.js';
import { isPackageId } from '../registry/package-id.js';
import { RECORD } from '../registry/package-record.js';

const LINE = `id, owner, name, descriptor->>'title' as title, private, loaded, loading_status,
  count_of_rows::float8 as count_of_rows, extract(epoch from last_update)::float8 as last_update`;
const DETAILS = `${RECORD} ||
  jsonb_build_object('author', author, 'dataset', dataset, 'loading_status', loading_status)`;

/** Packages to look at: public ones for everybody, private ones for their owner. */
@Injectable()
export class PackageCatalogue {
  constructor(private readonly database: Database) {}

  /** A page of the packages that the actor, if anybody, may see, ordered by id. */
  async list(actor: Actor | undefined, query: PackagesQueryDto): Promise<PackageListDto> {
    const values = new StatementValues();
    const conditions = [visibleTo(viewerOf(actor), values)];
    const words = query.q === undefined ? undefined : wordsOf('q', query.q);
    if (query.owner !== undefined) conditions.push(`owner = ${values.add(query.owner)}`);
    if (query.after !== undefined) conditions.push(`id > ${values.add(query.after)}`);
    if (words) conditions.push(foundIn(anyWord(words, values), words, values));
    const rows = await this.database.query<PackageListItemDto>(
      `select ${LINE} from package where ${conditions.join(' and ')} order by id limit ${values.add(query.limit + 1)}`,
      values.all,
    );
    const data = rows.slice(0, query.limit);
    return { data, next: rows.length > query.limit ? data.at(-1)!.id : null };
  }

  /** A package. Throws `PackageNotFoundError`, also where the actor may not see it. */
  async get(actor: Actor | undefined, id: string): Promise<PackageDetailsDto> {
    const values = new StatementValues();
    const visible = visibleTo(viewerOf(actor), values);
    const [row] = isPackageId(id)
      ? await this.database.query<{ details: PackageDetailsDto }>(
          `select ${DETAILS} as details from package where ${visible} and id = ${values.add(id)}`,
          values.all,
        )
      : [];
    if (!row) throw new PackageNotFoundError();
    return row.details;
  }
}
