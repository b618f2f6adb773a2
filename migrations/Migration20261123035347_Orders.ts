import { Migration } from '@mikro-orm/migrations';

export class Migration20261123035347_Orders extends Migration {
  override name = 'Migration20261123035347_Orders';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "order_change" ("id" bigserial primary key, "order_id" int not null, "cause" text not null, "applied" boolean not null default true, "job_id" uuid null, "actor" text null, "before" jsonb null, "after" jsonb not null, "at" timestamptz(3) not null default now());`,
    );
    this.addSql(`create index "order_change_order_index" on "order_change" ("order_id", "id");`);
    this.addSql(`create index "order_change_job_index" on "order_change" ("job_id", "id");`);

    this.addSql(
      `create table "order_import_held" ("import_id" uuid not null, "line" int not null, "order_id" int not null, "name" varchar(255) not null, "email" varchar(320) not null, "state" varchar(2) not null, "zipcode" varchar(12) not null, "birthday" date not null, "valid" boolean not null, "auto_valid" boolean not null, "errors" jsonb null, primary key ("import_id", "line"));`,
    );

    this.addSql(
      `create table "order_rule_set" ("version" int not null, "settings" jsonb not null, "actor" text not null, "note" text null, "created_at" timestamptz(3) not null default now(), primary key ("version"));`,
    );

    this.addSql(
      `create table "order_import_seen" ("import_id" uuid not null, "order_id" int not null, primary key ("import_id", "order_id"));`,
    );

    this.addSql(`alter table "orders" add "auto_valid" boolean not null default false;`);
    this.addSql(`create index "orders_birthday_index" on "orders" ("birthday", "id");`);
    this.addSql(`create index "orders_import_index" on "orders" ("import_id", "id");`);
    this.addSql(`create index "orders_name_index" on "orders" (lower("name") collate "C", "id");`);
    this.addSql(`create index "orders_email_index" on "orders" (lower("email") collate "C", "id");`);
    this.addSql(`create index "orders_zipcode_index" on "orders" ("zipcode" collate "C", "id");`);

    this.addSql(
      `alter table "order_import" add "dry_run" boolean not null default false, add "on_duplicate" text not null default 'skip', add "header_map" jsonb not null default '{}', add "rules_version" int null, add "counts" jsonb null, add "ended_at" timestamptz(3) null;`,
    );
    this.addSql(`create index "order_import_job_index" on "order_import" ("job_id");`);

    this.addSql(`alter table "order_import_error" add "byte_offset" bigint not null default '0';`);

    this.addSql(
      `alter table "order_import_held" add constraint "order_import_held_import_id_foreign" foreign key ("import_id") references "order_import" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "order_import_seen" add constraint "order_import_seen_import_id_foreign" foreign key ("import_id") references "order_import" ("id") on delete cascade;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "order_change" cascade;`);
    this.addSql(`drop table if exists "order_import_held" cascade;`);
    this.addSql(`drop table if exists "order_rule_set" cascade;`);
    this.addSql(`drop table if exists "order_import_seen" cascade;`);

    this.addSql(`drop index "order_import_job_index";`);
    this.addSql(
      `alter table "order_import" drop column "dry_run", drop column "on_duplicate", drop column "header_map", drop column "rules_version", drop column "counts", drop column "ended_at";`,
    );

    this.addSql(`alter table "order_import_error" drop column "byte_offset";`);

    this.addSql(`drop index "orders_birthday_index";`);
    this.addSql(`drop index "orders_import_index";`);
    this.addSql(`drop index "orders_name_index";`);
    this.addSql(`drop index "orders_email_index";`);
    this.addSql(`drop index "orders_zipcode_index";`);
    this.addSql(`alter table "orders" drop column "auto_valid";`);
  }
}
