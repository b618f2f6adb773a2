import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { PackageStatsDto } from './dto/package.dto.js';

/** How old the numbers may be. They are shown on pages that anybody loads, and counting reads the whole registry. */
const FRESH_MS = 5_000;

/** Numbers about all packages. */
@Injectable()
export class PackageStats {
  private counted: { stats: Promise<PackageStatsDto>; until: number } | undefined;

  constructor(private readonly database: Database) {}

  /** The numbers of a few seconds ago at most; they tell nothing of a single package. */
  read(): Promise<PackageStatsDto> {
    const now = performance.now();
    if (!this.counted || this.counted.until < now) {
      const stats = this.count();
      this.counted = { stats, until: now + FRESH_MS };
      stats.catch(() => (this.counted = undefined));
    }
    return this.counted.stats;
  }

  private async count(): Promise<PackageStatsDto> {
    const [row] = await this.database.query<PackageStatsDto>(
      `select count(*)::int as num_packages, coalesce(sum(count_of_rows), 0)::float8 as num_records,
         (select count(distinct code)::int from package, unnest(country_codes) code) as num_countries
       from package`,
    );
    return row!;
  }
}
