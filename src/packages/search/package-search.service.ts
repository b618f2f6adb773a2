import { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { databaseErrorCode } from '../../platform/database/database-errors.js';
import { Database } from '../../platform/database/database.js';
import { SearchKindError } from '../packages.errors.js';
import { type Viewer, viewerOf } from '../registry/package-access.js';
import { FOUND_RECORD } from '../registry/package-record.js';
import { parseSearchQuery, type SearchQuery } from './search-query.js';
import { searchStatement } from './search-statement.js';
import { StatementValues } from './statement.js';
import { visibleTo } from './visibility.js';

/** Packages that are held in memory at a time, and their characters: each may have millions. */
const [PAGE, CHARACTERS] = [50, 4_000_000];
/** How long the database may look; whoever asks for more than that gets nothing. */
const TIMEOUT_MS = 5_000;
const STATEMENT_TIMED_OUT = '57014';

/** Finds packages, with the filters and the visibility that the Conductor had. */
@Injectable()
export class PackageSearch {
  private readonly logger = new Logger(PackageSearch.name);

  constructor(private readonly database: Database) {}

  /**
   * The packages that the parameters ask for and the actor, if anybody, may see, as a JSON array of `PackageRecord`:
   * those that fit the words best first, then the newest. They are read while they are sent.
   * @param headersOnly whether the content is not wanted
   * @throws SearchKindError and PackageSearchError
   */
  async search(
    actor: Actor | undefined,
    kind: string,
    parameters: Readonly<Record<string, unknown>>,
    headersOnly: boolean,
  ): Promise<Readable> {
    const viewer = { ...viewerOf(actor), all: false }; // clients expect no more than the own ones, of anybody
    if (kind !== 'package') throw new SearchKindError();
    const query = parseSearchQuery(parameters);
    if (headersOnly) return Readable.from([]);
    const ids = await this.find(viewer, query);
    const texts = this.texts(viewer, ids);
    const first = await texts.next(); // what fails at once can still be told by a status
    return Readable.from(continued(first, texts), { objectMode: false });
  }

  /** As the original, it finds nothing where the search takes too long. */
  private async find(viewer: Viewer, query: SearchQuery): Promise<string[]> {
    const { sql, values } = searchStatement(viewer, query);
    try {
      return await this.database.transaction(async () => {
        await this.database.query(`set local statement_timeout = ${TIMEOUT_MS}`);
        return (await this.database.query<{ id: string }>(sql, values)).map(({ id }) => id);
      });
    } catch (error) {
      if (databaseErrorCode(error) !== STATEMENT_TIMED_OUT) throw error;
      this.logger.warn(`a search took longer than ${TIMEOUT_MS} ms and was given up`);
      return [];
    }
  }

  /** Those of the packages that are still there and may still be seen, as JSON. */
  private async records(viewer: Viewer, ids: readonly string[]): Promise<string[]> {
    const values = new StatementValues();
    const rows = await this.database.query<{ json: string }>(
      `select ${FOUND_RECORD}::text as json
       from unnest(${values.add(ids)}::text[]) with ordinality as wanted (id, place) join package using (id)
       where ${visibleTo(viewer, values)} order by place`,
      values.all,
    );
    return rows.map(({ json }) => json);
  }

  /** The ids in groups that are small enough to be held in memory. */
  private async *groups(ids: readonly string[]): AsyncGenerator<string[]> {
    for (let at = 0; at < ids.length; at += PAGE) {
      const sizes = await this.database.query<{ id: string; size: number }>(
        `select id, octet_length(descriptor::text) + coalesce(octet_length(model::text), 0) as size
         from unnest($1::text[]) with ordinality as wanted (id, place) join package using (id) order by place`,
        [ids.slice(at, at + PAGE)],
      );
      let [group, total]: [string[], number] = [[], 0];
      for (const { id, size } of sizes) {
        if (group.length > 0 && total + size > CHARACTERS) {
          yield group;
          [group, total] = [[], 0];
        }
        group.push(id);
        total += size;
      }
      if (group.length > 0) yield group;
    }
  }

  private async *texts(viewer: Viewer, ids: readonly string[]): AsyncGenerator<string> {
    let separator = '[';
    for await (const group of this.groups(ids)) {
      const records = await this.records(viewer, group);
      if (records.length === 0) continue;
      yield separator + records.join(',');
      separator = ',';
    }
    yield separator === '[' ? '[]' : ']';
  }
}

async function* continued(first: IteratorResult<string>, rest: AsyncGenerator<string>) {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
