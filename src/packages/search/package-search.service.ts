import { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { databaseErrorCode } from '../../platform/database/database-errors.js';
import { Database } from '../../platform/database/database.js';
import { SearchKindError } from '../packages.errors.js';
import { type Viewer, viewerOf } from '../registry/package-access.js';
import { RECORD } from '../registry/package-record.js';
import { parseSearchQuery, type SearchQuery } from './search-query.js';
import { searchStatement } from './search-statement.js';
import { StatementValues } from './statement.js';
import { visibleTo } from './visibility.js';

/** Packages that are held in memory at a time. */
const PAGE = 50;
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
    // What fails at once can still be told by a status.
    const first = await this.records(viewer, ids.slice(0, PAGE));
    return Readable.from(this.texts(viewer, ids, first), { objectMode: false });
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
      `select ${RECORD}::text as json
       from unnest(${values.add(ids)}::text[]) with ordinality as wanted (id, place) join package using (id)
       where ${visibleTo(viewer, values)} order by place`,
      values.all,
    );
    return rows.map(({ json }) => json);
  }

  private async *texts(
    viewer: Viewer,
    ids: readonly string[],
    first: readonly string[],
  ): AsyncGenerator<string> {
    let separator = '[';
    for (let at = 0; at === 0 || at < ids.length; at += PAGE) {
      const page = at === 0 ? first : await this.records(viewer, ids.slice(at, at + PAGE));
      if (page.length === 0) continue;
      yield separator + page.join(',');
      separator = ',';
    }
    yield separator === '[' ? '[]' : ']';
  }
}
