import { Migration } from '@mikro-orm/migrations';

export class Migration20261123134041_Datastore extends Migration {
  override name = 'Migration20261123134041_Datastore';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "datastore_file" ("key" text not null, "owner" text not null, "dataset" text null, "flow_id" text null, "path" text not null, "bytes" bigint not null, "md5" text not null, "content_type" text null, "visibility" text not null, "etag" text not null, "stored_at" timestamptz(3) not null default now(), primary key ("key"));`,
    );
    this.addSql(`create index "datastore_file_owner_index" on "datastore_file" ("owner", "key");`);
    this.addSql(
      `create index "datastore_file_dataset_index" on "datastore_file" ("owner", "dataset", "key");`,
    );
    this.addSql(`create index "datastore_file_flow_index" on "datastore_file" ("owner", "flow_id");`);

    this.addSql(
      `create table "upload" ("id" bigserial primary key, "key" text not null, "owner" text not null, "dataset" text null, "flow_id" text null, "path" text not null, "bytes" bigint not null, "md5" text not null, "content_type" text null, "visibility" text null, "state" text not null default 'pending', "expires_at" timestamptz(3) not null, "created_at" timestamptz(3) not null default now());`,
    );
    this.addSql(`create index "upload_owner_index" on "upload" ("owner", "state");`);
    this.addSql(`create index "upload_expires_at_index" on "upload" ("expires_at");`);
    this.addSql(
      `alter table "upload" add constraint "upload_content_unique" unique ("key", "bytes", "md5");`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "datastore_file" cascade;`);
    this.addSql(`drop table if exists "upload" cascade;`);
  }
}
