import { Migration } from '@mikro-orm/migrations';

export class Migration20261123170006_Datasets extends Migration {
  override name = 'Migration20261123170006_Datasets';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "dataset" ("owner" text not null, "name" text not null, "visibility" text not null, primary key ("owner", "name"));`,
    );
    this.addSql(`alter table "datastore_file" alter column "visibility" drop not null;`);
    // What came by /datastore lies below the name of its dataset; it was as public as its dataset.
    this.addSql(`
      insert into "dataset" ("owner", "name", "visibility")
      select distinct "owner", "dataset", 'public' from "datastore_file"
      where "visibility" = 'public' and starts_with("key", "owner" || '/' || "dataset" || '/');`);
    this.addSql(`
      update "datastore_file" set "visibility" = null
      where starts_with("key", "owner" || '/' || "dataset" || '/');`);
  }

  override down(): void | Promise<void> {
    this.addSql(`
      update "datastore_file" f set "visibility" = coalesce((
        select d."visibility" from "dataset" d where d."owner" = f."owner" and d."name" = f."dataset"), 'private')
      where f."visibility" is null;`);
    this.addSql(`alter table "datastore_file" alter column "visibility" set not null;`);
    this.addSql(`drop table if exists "dataset" cascade;`);
  }
}
