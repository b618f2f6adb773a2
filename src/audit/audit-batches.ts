import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';

/** An entry as it is sealed: every value is the text that the database has for it, exactly. */
export interface SealableEntry {
  readonly id: string;
  /** Seconds since 1970. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly requestId: string | null;
  /** JSON. */
  readonly details: string | null;
}

/** A seal as it is stored. Ids are texts: they may be larger than a number can tell. */
export interface StoredSeal {
  readonly id: number;
  readonly firstId: string;
  readonly lastId: string;
  readonly entries: number;
  readonly hash: string;
  readonly mac: string;
  readonly keyId: string;
  /** Seconds since 1970. */
  readonly sealedAt: string;
}

/** Below all ids that an entry can have, those that only somebody at the database itself can give included. */
export const BEFORE_ALL = '-9223372036854775808';

/** Entries that are read at a time, and sealed together at most. */
const PAGE_ENTRIES = 1000;
/** Beyond so many characters a page ends early: one entry may have a megabyte of details. */
const PAGE_CHARACTERS = 4 * 1024 ** 2;
const PAGE_SEALS = 500;

const ENTRIES = `
  with page as (
    select id, extract(epoch from at)::text as at, actor, action, subject, request_id, details::text as details
    from audit_entry where id > $1 and id <= $2 order by id limit ${PAGE_ENTRIES}),
  sized as (
    select page.*, sum(length(coalesce(details, ''))) over (order by id rows between unbounded preceding and 1 preceding) as before
    from page)
  select id::text, at, actor, action, subject, request_id as "requestId", details
  from sized where coalesce(before, 0) < ${PAGE_CHARACTERS} order by sized.id`;
const SEALS = `
  select id, first_id::text as "firstId", last_id::text as "lastId", entries, hash, mac, key_id as "keyId",
    extract(epoch from sealed_at)::text as "sealedAt"
  from audit_seal`;

/** Reads entries and seals in their order, a bounded number at a time. */
@Injectable()
export class AuditBatches {
  constructor(private readonly database: Database) {}

  /** The next entries behind an id, up to another one. */
  entries(after: string, upTo: string): Promise<SealableEntry[]> {
    return this.database.query<SealableEntry>(ENTRIES, [after, upTo]);
  }

  /** All entries behind an id, up to another one. */
  async *allEntries(after: string, upTo: string): AsyncGenerator<SealableEntry> {
    for (let last = after; ;) {
      const page = await this.entries(last, upTo);
      if (page.length === 0) return;
      yield* page;
      last = page.at(-1)!.id;
    }
  }

  /** What time it is, as `sealedAt` has it. */
  async now(): Promise<string> {
    const [row] = await this.database.query<{ now: string }>(
      'select extract(epoch from clock_timestamp()::timestamptz(3))::text as now',
    );
    return row!.now;
  }

  /** Stores a seal. Of two with one number the second is refused. */
  async addSeal({ id, firstId, lastId, entries, hash, mac, keyId, sealedAt }: StoredSeal): Promise<void> {
    await this.database.execute(
      `insert into audit_seal (id, first_id, last_id, entries, hash, mac, key_id, sealed_at)
       values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::float8))`,
      [id, firstId, lastId, entries, hash, mac, keyId, sealedAt],
    );
  }

  /** How many entries are behind an id, and when the first of them was made (ISO 8601). */
  async countBehind(id: string): Promise<{ entries: number; since: string | null }> {
    const [row] = await this.database.query<{ entries: string; since: string | null }>(
      `select count(*) as entries, to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since
       from audit_entry where id > $1`,
      [id],
    );
    return { entries: Number(row!.entries), since: row!.since };
  }

  /** The seal of this number. */
  async seal(id: number): Promise<StoredSeal | undefined> {
    return (await this.database.query<StoredSeal>(`${SEALS} where id = $1`, [id]))[0];
  }

  /** The newest seal. */
  async lastSeal(): Promise<StoredSeal | undefined> {
    return (await this.database.query<StoredSeal>(`${SEALS} order by id desc limit 1`))[0];
  }

  /** All seals behind a number, up to another one. */
  async *allSeals(after: number, upTo: number): AsyncGenerator<StoredSeal> {
    for (let last = after; ;) {
      const page = await this.database.query<StoredSeal>(
        `${SEALS} where id > $1 and id <= $2 order by id limit ${PAGE_SEALS}`,
        [last, upTo],
      );
      if (page.length === 0) return;
      yield* page;
      last = page.at(-1)!.id;
    }
  }
}
