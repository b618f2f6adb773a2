import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { storableJson, storableText } from '../../platform/database/storable-json.js';
import { PackageNameError } from '../packages.errors.js';
import { isPackageId, packageId } from './package-id.js';
import { type PackageContent, type PackageRecord, RECORD } from './package-record.js';
import { shownAuthor } from './shown-author.js';

/** A package as those see it who may manage it. */
export interface RegisteredPackage {
  readonly id: string;
  readonly owner: string;
  readonly private: boolean;
  readonly loaded: boolean | null;
  readonly loadingStatus: string | null;
  readonly originUrl: string | null;
  readonly dataset: string | null;
  readonly author: string | null;
  readonly record: PackageRecord;
}

const SAVE = `
  insert into package (id, owner, name, author, country_codes, loaded, loading_status, origin_url, dataset,
    descriptor, model, count_of_rows)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12)
  on conflict (id) do update set author = excluded.author, country_codes = excluded.country_codes,
    loaded = excluded.loaded, loading_status = excluded.loading_status, origin_url = excluded.origin_url,
    dataset = excluded.dataset, descriptor = excluded.descriptor, model = excluded.model,
    count_of_rows = excluded.count_of_rows, last_update = now()`;

const FIND = `
  select id, owner, private, loaded, loading_status as "loadingStatus", origin_url as "originUrl", dataset, author,
    ${RECORD} as record
  from package where id = $1`;

/** Which packages there are. Knows nothing of who may do what: see `PackagesService`. */
@Injectable()
export class PackageRegistry {
  constructor(private readonly database: Database) {}

  /**
   * Registers a package, or what became of it: in the transaction under way, if there is one. A new package is private;
   * one that is there stays as private as it is, and keeps its default parameters. Returns its id.
   * Throws `PackageNameError`.
   */
  async save(content: PackageContent): Promise<string> {
    const id = packageId(content.owner, content.name);
    if (!isPackageId(id)) throw new PackageNameError();
    const author = shownAuthor(content.descriptor['author']);
    // The address of the author is not kept: whoever may see the descriptor would see it too.
    const descriptor = { ...content.descriptor, ...(author !== null && { author }) };
    await this.database.execute(SAVE, [
      id,
      content.owner,
      content.name,
      author,
      textsOf(content.descriptor['countryCode']),
      content.loaded,
      content.loadingStatus,
      content.originUrl,
      content.dataset,
      storableJson(descriptor),
      content.model && storableJson(content.model),
      content.countOfRows,
    ]);
    return id;
  }

  /** A package by its id, whoever may see it. */
  async find(id: string): Promise<RegisteredPackage | undefined> {
    return (await this.database.query<RegisteredPackage>(FIND, [id]))[0];
  }

  /**
   * Makes a package private or public; not told which, the other of both. Returns what it is now and whether that is
   * new; undefined where there is no such package.
   */
  async setPrivate(
    id: string,
    wanted?: boolean,
  ): Promise<{ private: boolean; changed: boolean } | undefined> {
    const [row] = await this.database.query<{ private: boolean }>(
      'select private from package where id = $1 for update',
      [id],
    );
    if (!row) return undefined;
    const next = wanted ?? !row.private;
    const changed = next !== row.private;
    if (changed) await this.database.execute('update package set private = $2 where id = $1', [id, next]);
    return { private: next, changed };
  }

  /** Sets the default parameters. Returns whether there is such a package. */
  async setDefaultParams(id: string, params: object): Promise<boolean> {
    const changed = await this.database.execute(
      'update package set default_params = $2::jsonb where id = $1',
      [id, storableJson(params)],
    );
    return changed > 0;
  }

  /** Says how its newest load is getting on; nothing else changes, and there need not be such a package. */
  async setLoadingStatus(id: string, status: string): Promise<void> {
    await this.database.execute('update package set loading_status = $2 where id = $1', [id, status]);
  }

  /** Takes a package out of the registry. Returns whether it was there. */
  async remove(id: string): Promise<boolean> {
    return (await this.database.execute('delete from package where id = $1', [id])) > 0;
  }
}

/** The texts of a field that holds one or a list of them. */
function textsOf(value: unknown): string[] {
  const texts = [value].flat().filter((one): one is string => typeof one === 'string');
  return [...new Set(texts.map(storableText))];
}
