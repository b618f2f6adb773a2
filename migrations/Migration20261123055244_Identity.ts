import { Migration } from '@mikro-orm/migrations';

export class Migration20261123055244_Identity extends Migration {
  override name = 'Migration20261123055244_Identity';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "audit_seal" ("id" serial primary key, "first_id" bigint not null, "last_id" bigint not null, "entries" int not null, "hash" text not null, "mac" text not null, "key_id" text not null, "sealed_at" timestamptz(3) not null default now());`,
    );
    this.addSql(`alter table "audit_seal" add constraint "audit_seal_last_id_unique" unique ("last_id");`);

    this.addSql(
      `create table "plan" ("name" text not null, "max_private_storage_mb" int not null, "max_public_storage_mb" int not null, "max_dataset_num" int not null, primary key ("name"));`,
    );

    this.addSql(
      `create table "service_permission" ("userid" text not null, "service" text not null, "permissions" jsonb not null, "updated_at" timestamptz(3) not null default now(), primary key ("userid", "service"));`,
    );
    this.addSql(
      `create index "service_permission_service_index" on "service_permission" ("service", "userid");`,
    );

    this.addSql(
      `create table "sign_in" ("id" text not null, "provider" text not null, "next" text not null, "browser" text not null, "encrypted_secrets" text not null, "expires_at" timestamptz(0) not null, primary key ("id"));`,
    );
    this.addSql(`create index "sign_in_expires_at_index" on "sign_in" ("expires_at");`);

    this.addSql(
      `create table "token_family" ("id" uuid not null, "user_id" int not null, "created_at" timestamptz(0) not null default date_trunc('second', now()), "expires_at" timestamptz(0) not null, "revoked_at" timestamptz(0) null, primary key ("id"));`,
    );
    this.addSql(`create index "token_family_user_index" on "token_family" ("user_id");`);
    this.addSql(`create index "token_family_expires_at_index" on "token_family" ("expires_at");`);

    this.addSql(
      `create table "refresh_token" ("hash" text not null, "family_id" uuid not null, "expires_at" timestamptz(0) not null, "used_at" timestamptz(3) null, primary key ("hash"));`,
    );
    this.addSql(`create index "refresh_token_family_index" on "refresh_token" ("family_id");`);

    this.addSql(
      `create table "api_key" ("id" serial primary key, "user_id" int not null, "name" text not null, "prefix" text not null, "hash" text not null, "scopes" text[] not null, "created_at" timestamptz(0) not null default date_trunc('second', now()), "expires_at" timestamptz(0) not null, "last_used_at" timestamptz(0) null);`,
    );
    this.addSql(`alter table "api_key" add constraint "api_key_hash_unique" unique ("hash");`);
    this.addSql(`alter table "api_key" add constraint "api_key_name_unique" unique ("user_id", "name");`);

    this.addSql(
      `create table "api_client" ("client_id" text not null, "slug" text not null, "title" text not null, "owner_id" int not null, "secret_hash" text not null, "scopes" text[] not null, "tokens_valid_after" timestamptz(0) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("client_id"));`,
    );
    this.addSql(`alter table "api_client" add constraint "api_client_slug_unique" unique ("slug");`);
    this.addSql(`create index "api_client_owner_index" on "api_client" ("owner_id", "slug");`);

    this.addSql(
      `create table "acl" ("id" serial primary key, "user_id" int not null, "minions" text not null, "functions" text not null);`,
    );
    this.addSql(`alter table "acl" add constraint "acl_unique" unique ("user_id", "minions", "functions");`);

    this.addSql(
      `create table "user_login" ("id" serial primary key, "user_id" int not null, "provider" text not null, "subject" text not null, "created_at" timestamptz(3) not null default now(), "last_used_at" timestamptz(3) not null default now());`,
    );
    this.addSql(`create index "user_login_user_index" on "user_login" ("user_id");`);
    this.addSql(
      `alter table "user_login" add constraint "user_login_unique" unique ("provider", "subject");`,
    );

    this.addSql(`drop index "audit_entry_at_index";`);
    this.addSql(`drop index "audit_entry_actor_index";`);
    this.addSql(`drop index "audit_entry_subject_index";`);
    this.addSql(`create index "audit_entry_at_index" on "audit_entry" ("at", "id");`);
    this.addSql(`create index "audit_entry_actor_index" on "audit_entry" ("actor", "at", "id");`);
    this.addSql(`create index "audit_entry_subject_index" on "audit_entry" ("subject", "at", "id");`);
    this.addSql(`create index "audit_entry_action_index" on "audit_entry" ("action", "at", "id");`);
    this.addSql(`create index "audit_entry_request_index" on "audit_entry" ("request_id", "at", "id");`);

    this.addSql(
      `alter table "user" add "name" text null, add "avatar_url" text null, add "nickname_chosen" boolean not null default true, add "plan_name" text null;`,
    );
    this.addSql(
      `alter table "user" add constraint "user_plan_name_foreign" foreign key ("plan_name") references "plan" ("name") on delete set null;`,
    );

    this.addSql(
      `create or replace function "audit_seal_append_only_fn"() returns trigger as \$\$ begin raise exception 'the seals of the audit log are append-only' using errcode = 'insufficient_privilege'; end; \$\$ language plpgsql;`,
    );
    this.addSql(
      `create trigger "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE on "audit_seal" for each STATEMENT execute function "audit_seal_append_only_fn"();`,
    );

    this.addSql(
      `alter table "token_family" add constraint "token_family_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "refresh_token" add constraint "refresh_token_family_id_foreign" foreign key ("family_id") references "token_family" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "api_key" add constraint "api_key_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "api_client" add constraint "api_client_owner_id_foreign" foreign key ("owner_id") references "user" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "acl" add constraint "acl_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "user_login" add constraint "user_login_user_id_foreign" foreign key ("user_id") references "user" ("id") on delete cascade;`,
    );

    // Everybody may upload to his own data store, as in the original's fixtures.
    this.addSql(
      `insert into "service_permission" ("userid", "service", "permissions") values ('*', 'os.datastore', '{"datapackage-upload": true}');`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "user" drop constraint "user_plan_name_foreign";`);
    this.addSql(`alter table "refresh_token" drop constraint "refresh_token_family_id_foreign";`);

    this.addSql(`drop trigger if exists "append_only" on "audit_seal";`);
    this.addSql(`drop function if exists "audit_seal_append_only_fn"();`);
    this.addSql(`drop table if exists "audit_seal" cascade;`);
    this.addSql(`drop table if exists "plan" cascade;`);
    this.addSql(`drop table if exists "service_permission" cascade;`);
    this.addSql(`drop table if exists "sign_in" cascade;`);
    this.addSql(`drop table if exists "token_family" cascade;`);
    this.addSql(`drop table if exists "refresh_token" cascade;`);
    this.addSql(`drop table if exists "api_key" cascade;`);
    this.addSql(`drop table if exists "api_client" cascade;`);
    this.addSql(`drop table if exists "acl" cascade;`);
    this.addSql(`drop table if exists "user_login" cascade;`);

    this.addSql(`drop index "audit_entry_request_index";`);
    this.addSql(`drop index "audit_entry_action_index";`);
    this.addSql(`drop index "audit_entry_subject_index";`);
    this.addSql(`drop index "audit_entry_actor_index";`);
    this.addSql(`drop index "audit_entry_at_index";`);
    this.addSql(`create index "audit_entry_at_index" on "audit_entry" ("at");`);
    this.addSql(`create index "audit_entry_actor_index" on "audit_entry" ("actor", "id");`);
    this.addSql(`create index "audit_entry_subject_index" on "audit_entry" ("subject", "id");`);

    this.addSql(
      `alter table "user" drop column "name", drop column "avatar_url", drop column "nickname_chosen", drop column "plan_name";`,
    );
  }
}
