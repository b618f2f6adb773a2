import { Migration } from '@mikro-orm/migrations';

export class Migration20261123135611_PackageLoads extends Migration {
  override name = 'Migration20261123135611_PackageLoads';

  override up(): void | Promise<void> {
    // The rows of packages: tables that are made and removed with the loads, and have no entities.
    this.addSql('create schema "package_data";');

    this.addSql(
      `create table "package_load" ("id" serial primary key, "address" text not null, "url" text not null, "owner" text not null, "package_id" text null, "job_id" uuid null, "status" text not null default 'queued', "rows" bigint not null default '0', "error" text null, "descriptor" jsonb null, "hears_until" timestamptz(0) null, "created_at" timestamptz(3) not null default now(), "ended_at" timestamptz(3) null);`,
    );
    this.addSql(`create index "package_load_address_index" on "package_load" ("address", "id");`);
    this.addSql(`create index "package_load_owner_index" on "package_load" ("owner", "id");`);
    this.addSql(`create index "package_load_package_index" on "package_load" ("package_id", "id");`);

    this.addSql(
      `create table "package_table" ("name" text not null, "package_id" text not null, "load_id" int not null, "resource" text not null, "position" int not null, "view" text not null, "columns" jsonb not null, "rows" bigint not null default '0', "is_current" boolean not null default false, "created_at" timestamptz(3) not null default now(), "retired_at" timestamptz(0) null, primary key ("name"));`,
    );
    this.addSql(`create index "package_table_package_index" on "package_table" ("package_id", "position");`);
    this.addSql(`create index "package_table_load_index" on "package_table" ("load_id");`);
  }

  override down(): void | Promise<void> {
    this.addSql('drop schema if exists "package_data" cascade;');
    this.addSql(`drop table if exists "package_load" cascade;`);
    this.addSql(`drop table if exists "package_table" cascade;`);
  }
}
