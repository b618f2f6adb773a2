import { Migration } from '@mikro-orm/migrations';

export class Migration20261123134528_Packages extends Migration {
  override name = 'Migration20261123134528_Packages';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "package" ("id" text not null, "owner" text not null, "name" text not null, "author" text null, "country_codes" text[] not null, "private" boolean not null default true, "loaded" boolean null, "loading_status" text null, "origin_url" text null, "dataset" text null, "descriptor" jsonb not null, "model" jsonb null, "default_params" jsonb null, "count_of_rows" bigint null, "created_at" timestamptz(3) not null default now(), "last_update" timestamptz(3) not null default now(), "search" tsvector generated always as (to_tsvector('simple', left(coalesce("descriptor"->>'title', ''), 10000)) || to_tsvector('simple', left(coalesce("descriptor"->>'description', ''), 100000)) || to_tsvector('simple', left(coalesce("descriptor"->>'regionCode', ''), 1000)) || to_tsvector('simple', left(coalesce("descriptor"->>'countryCode', ''), 1000))) stored not null, primary key ("id"));`,
    );
    this.addSql(
      `create index "package_public_index" on "package" ("last_update" desc, "id") where not "private" and "loaded" is distinct from false;`,
    );
    this.addSql(`create index "package_owner_index" on "package" ("owner", "id");`);
    this.addSql(`create index "package_search_index" on "package" using gin ("search");`);
    this.addSql(`create index "package_author_index" on "package" using hash ("author");`);
    this.addSql(`create index "package_city_index" on "package" using gin (("descriptor"->'cityCode'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "package" cascade;`);
  }
}
