import { Migration } from '@mikro-orm/migrations';

export class Migration20261123171246_PackageLoadLimits extends Migration {
  override name = 'Migration20261123171246_PackageLoadLimits';

  override up(): void | Promise<void> {
    this.addSql(`alter table "package_load" add "public_error" text null;`);
    this.addSql(
      `create index "package_load_unended_index" on "package_load" ("id") where "ended_at" is null;`,
    );

    this.addSql(`alter table "package_table" add "widest_row" int not null default 0;`);
    // Of tables that are there nobody knows: as long as a record of CSV may be.
    this.addSql(`update "package_table" set "widest_row" = 1048576;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "package_load_unended_index";`);
    this.addSql(`alter table "package_load" drop column "public_error";`);

    this.addSql(`alter table "package_table" drop column "widest_row";`);
  }
}
