import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Matches, Max, MaxLength, Min } from 'class-validator';
import { Type } from 'class-transformer';
import type { PackageDescriptor, PackageModel } from '../package.entity.js';

export const EXAMPLE_ID = '0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1:budget-2026';
const EXAMPLE_PACKAGE = {
  name: 'budget-2026',
  title: 'Budget of 2026',
  countryCode: 'PT',
  resources: [{ name: 'budget', path: 'budget.csv' }],
  private: false,
  owner: '0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1',
  author: 'Ann Example <ann@not.shown>',
  count_of_rows: 1200,
};

/** Whether something was done. */
export class SuccessDto {
  /** @example true */
  success!: boolean;
}

/** Whether a package is public now. */
export class PublishedDto extends SuccessDto {
  /** Only where it succeeded. */
  @ApiPropertyOptional({ example: true })
  published?: boolean;
  /**
   * Why it did not.
   * @example Failed to locate package 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1:budget-2026
   */
  error?: string;
}

/** Why publishing was refused. */
export class RefusedDto {
  /** @example false */
  success!: boolean;
  /**
   * What is wrong and what to do.
   * @example The token has expired. Get a new one.
   */
  error!: string;
  /**
   * Stable word for programs.
   * @example TOKEN_EXPIRED
   */
  code!: string;
}

/** Over all packages, private ones too. */
export class PackageStatsDto {
  /** @example 12 */
  num_packages!: number;
  /**
   * Rows of all of them.
   * @example 120000
   */
  num_records!: number;
  /**
   * Countries that at least one of them is about.
   * @example 3
   */
  num_countries!: number;
}

/** A package in the registry. */
export class PackageRecordDto {
  /** @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1:budget-2026 */
  id!: string;
  /** The fiscal model; null where it has none. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { fact_table: 'fdp__0b0a5a0e4d1d5d0e__budget_2026__6f1ed002', measures: {}, dimensions: {} },
  })
  model!: PackageModel | null;
  /** The descriptor, with `private`, `owner`, `author`, `count_of_rows` and `defaultParams` as the registry has them. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: EXAMPLE_PACKAGE })
  package!: PackageDescriptor;
  /**
   * Where the descriptor was read from.
   * @example https://signalbox.example.org/objects/0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1/budget-2026/datapackage.json
   */
  @ApiProperty({ type: String, nullable: true })
  origin_url!: string | null;
  /** Whether all its data are there; null where nobody says. */
  @ApiProperty({ type: Boolean, nullable: true, example: true })
  loaded!: boolean | null;
  /**
   * Seconds since 1970.
   * @example 1795415400.25
   */
  last_update!: number;
}

/** A package with all that is known of it. */
export class PackageDetailsDto extends PackageRecordDto {
  /** @example Ann Example <ann@not.shown> */
  @ApiProperty({ type: String, nullable: true })
  author!: string | null;
  /** What its files are kept under. */
  @ApiProperty({ type: String, nullable: true, example: 'budget-2026' })
  dataset!: string | null;
  /** How far it was loaded. */
  @ApiProperty({ type: String, nullable: true, example: 'done' })
  loading_status!: string | null;
}

/** A line of the list of packages. */
export class PackageListItemDto {
  /** @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1:budget-2026 */
  id!: string;
  /** @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1 */
  owner!: string;
  /** @example budget-2026 */
  name!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Budget of 2026' })
  title!: string | null;
  /** @example false */
  private!: boolean;
  @ApiProperty({ type: Boolean, nullable: true, example: true })
  loaded!: boolean | null;
  @ApiProperty({ type: String, nullable: true, example: 'done' })
  loading_status!: string | null;
  @ApiProperty({ type: Number, nullable: true, example: 1200 })
  count_of_rows!: number | null;
  /**
   * Seconds since 1970.
   * @example 1795415400.25
   */
  last_update!: number;
}

/** A page of the list of packages. */
export class PackageListDto {
  data!: PackageListItemDto[];
  /** The `after` of the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true, example: EXAMPLE_ID })
  next!: string | null;
}

/** Texts that the database takes. */
const TEXT = /^[^\0]*$/;

/** Which packages are wanted. */
export class PackagesQueryDto {
  /**
   * How many at most.
   * @example 100
   */
  @ApiPropertyOptional({ type: 'integer' })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number from 1 to 1000' })
  @Min(1)
  @Max(1000)
  limit: number = 100;

  /**
   * The `next` of the page before.
   * @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1:budget-2026
   */
  @IsOptional()
  @MaxLength(500, { message: 'after must be the next of the page before' })
  @Matches(TEXT, { message: 'after must be the next of the page before' })
  after?: string;

  /**
   * Only packages of this owner, by his userid.
   * @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1
   */
  @IsOptional()
  @Matches(/^[\w-]{1,64}$/, { message: 'owner must be a userid' })
  owner?: string;

  /**
   * Only packages in which one of these words is found, as in a search.
   * @example budget
   */
  @IsOptional()
  @MaxLength(1000, { message: 'q must be a text of 1000 characters or less' })
  @Matches(TEXT, { message: 'q must be a text without NUL' })
  q?: string;
}
