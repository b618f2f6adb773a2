import { Migration } from '@mikro-orm/migrations';

export class Migration20261122183626_Initial extends Migration {
  override name = 'Migration20261122183626_Initial';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "audit_entry" ("id" bigserial primary key, "at" timestamptz(3) not null default now(), "actor" text not null, "action" text not null, "subject" text not null, "request_id" text null, "details" jsonb null);`,
    );
    this.addSql(`create index "audit_entry_at_index" on "audit_entry" ("at");`);
    this.addSql(`create index "audit_entry_actor_index" on "audit_entry" ("actor", "id");`);
    this.addSql(`create index "audit_entry_subject_index" on "audit_entry" ("subject", "id");`);

    this.addSql(
      `create table "idempotency_key" ("owner" text not null, "key" text not null, "route" text not null, "fingerprint" text not null, "status" smallint not null, "headers" jsonb not null, "body" text null, "created_at" timestamptz(3) not null, primary key ("owner", "key"));`,
    );
    this.addSql(`create index "idempotency_key_created_at_index" on "idempotency_key" ("created_at");`);

    this.addSql(
      `create table "job" ("id" uuid not null, "kind" text not null, "owner" text null, "request_id" text null, "state" text not null default 'queued', "priority" smallint not null default 0, "run_at" timestamptz(3) not null default now(), "payload" jsonb not null, "checkpoint" jsonb null, "effects" jsonb null, "result" jsonb null, "error" jsonb null, "progress_current" bigint not null default '0', "progress_total" bigint null, "progress_unit" text null, "progress_message" text null, "attempt" int not null default 0, "failures" smallint not null default 0, "crashes" smallint not null default 0, "max_attempts" smallint not null, "worker" text null, "lease_until" timestamptz(3) null, "cancel_requested_at" timestamptz(3) null, "unique_key" text null, "created_at" timestamptz(3) not null default now(), "started_at" timestamptz(3) null, "updated_at" timestamptz(3) not null default now(), "finished_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(`create index job_claim_index on job (priority desc, run_at) where state = 'queued';`);
    this.addSql(`create index job_suspect_index on job (run_at) where state = 'queued' and crashes > 0;`);
    this.addSql(`create index job_lease_index on job (lease_until) where state = 'running';`);
    this.addSql(`create index job_owner_index on job (owner, id) where owner is not null;`);
    this.addSql(`create index job_finished_index on job (finished_at) where finished_at is not null;`);
    this.addSql(`create unique index job_unique_key on job (unique_key) where unique_key is not null;`);

    this.addSql(
      `create table "job_schedule" ("kind" text not null, "cron" text not null, "next_run_at" timestamptz(3) not null, "last_run_at" timestamptz(3) null, "last_job_id" uuid null, primary key ("kind"));`,
    );
    this.addSql(`create index "job_schedule_next_index" on "job_schedule" ("next_run_at");`);

    this.addSql(
      `create table "login_throttle" ("key" varchar(255) not null, "points" int not null default 0, "expire" bigint null, primary key ("key"));`,
    );

    this.addSql(
      `create table "orders" ("id" int not null, "name" varchar(255) not null, "email" varchar(320) not null, "state" varchar(2) not null, "zipcode" varchar(12) not null, "birthday" date not null, "valid" boolean not null, "errors" jsonb null, "import_id" uuid null, "created_at" timestamptz(3) not null default now(), primary key ("id"));`,
    );
    this.addSql(`create index "orders_state_index" on "orders" ("state", "id");`);
    this.addSql(`create index "orders_valid_index" on "orders" ("valid", "id");`);

    this.addSql(
      `create table "order_import" ("id" uuid not null, "owner" text not null, "file_name" text not null, "size" bigint not null, "sha256" text not null, "object_key" text not null, "job_id" uuid not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));`,
    );
    this.addSql(`create index "order_import_owner_index" on "order_import" ("owner", "id");`);

    this.addSql(
      `create table "order_import_error" ("import_id" uuid not null, "line" int not null, "column" text null, "value" varchar(200) null, "code" text not null, "params" jsonb null, primary key ("import_id", "line"));`,
    );

    this.addSql(
      `create table "revoked_token" ("jti" text not null, "expires_at" timestamptz(0) not null, primary key ("jti"));`,
    );
    this.addSql(`create index "revoked_token_expires_at_index" on "revoked_token" ("expires_at");`);

    this.addSql(
      `create table "role" ("name" text not null, "about" text not null default '', "permissions" text[] not null, primary key ("name"));`,
    );

    this.addSql(`create table "setting" ("key" text not null, "value" jsonb not null, primary key ("key"));`);

    this.addSql(
      `create table "signing_key" ("kid" text not null, "public_pem" text not null, "encrypted_private_key" text not null, "created_at" timestamptz(3) not null default now(), "active_from" timestamptz(3) not null default now(), "retired_at" timestamptz(3) null, primary key ("kid"));`,
    );

    this.addSql(
      `create table "user" ("id" serial primary key, "userid" text not null, "nickname" text not null, "email" text null, "password_hash" text null, "disabled" boolean not null default false, "tokens_valid_after" timestamptz(0) null, "created_at" timestamptz(0) not null default date_trunc('second', now()), "updated_at" timestamptz(0) not null default date_trunc('second', now()), "last_seen_at" timestamptz(0) not null default date_trunc('second', now()));`,
    );
    this.addSql(`alter table "user" add constraint "user_userid_unique" unique ("userid");`);
    this.addSql(`alter table "user" add constraint "user_nickname_unique" unique ("nickname");`);
    this.addSql(`alter table "user" add constraint "user_email_unique" unique ("email");`);
    this.addSql(`create index "user_listing_index" on "user" ("updated_at", "nickname");`);

    this.addSql(
      `create table "user_role" ("id" serial primary key, "user_id" int not null, "name" text not null);`,
    );
    this.addSql(`create index "user_role_name_index" on "user_role" ("name");`);
    this.addSql(`alter table "user_role" add constraint "user_role_unique" unique ("user_id", "name");`);

    this.addSql(
      `create or replace function "audit_entry_append_only_fn"() returns trigger as \$\$ begin raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege'; end; \$\$ language plpgsql;`,
    );
    this.addSql(
      `create trigger "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE on "audit_entry" for each STATEMENT execute function "audit_entry_append_only_fn"();`,
    );

    this.addSql(
      `alter table "order_import_error" add constraint "order_import_error_import_id_foreign" foreign key ("import_id") references "order_import" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "user_role" add constraint "user_role_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "order_import_error" drop constraint "order_import_error_import_id_foreign";`);
    this.addSql(`alter table "user_role" drop constraint "user_role_user_id_foreign";`);

    this.addSql(`drop trigger if exists "append_only" on "audit_entry";`);
    this.addSql(`drop function if exists "audit_entry_append_only_fn"();`);
    this.addSql(`drop table if exists "audit_entry" cascade;`);
    this.addSql(`drop table if exists "idempotency_key" cascade;`);
    this.addSql(`drop table if exists "job" cascade;`);
    this.addSql(`drop table if exists "job_schedule" cascade;`);
    this.addSql(`drop table if exists "login_throttle" cascade;`);
    this.addSql(`drop table if exists "orders" cascade;`);
    this.addSql(`drop table if exists "order_import" cascade;`);
    this.addSql(`drop table if exists "order_import_error" cascade;`);
    this.addSql(`drop table if exists "revoked_token" cascade;`);
    this.addSql(`drop table if exists "role" cascade;`);
    this.addSql(`drop table if exists "setting" cascade;`);
    this.addSql(`drop table if exists "signing_key" cascade;`);
    this.addSql(`drop table if exists "user" cascade;`);
    this.addSql(`drop table if exists "user_role" cascade;`);
  }
}
