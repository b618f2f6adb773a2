import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import type { Visibility } from '../visibility.js';

/** What the database takes for a text. */
const NO_NUL = /^[^\0]*$/;

export class FilesQueryDto {
  /**
   * Whose files; your own by default.
   * @example 9b74c9897bac770ffc029102a200c5de
   */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  @Matches(NO_NUL)
  owner?: string;
  /**
   * Only those of this dataset.
   * @example budget
   */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  @Matches(NO_NUL)
  dataset?: string;
  /** The `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  @Matches(NO_NUL)
  after?: string;
  /** How many at most. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 100;
}

/** Which files are to be deleted. */
export class DeleteFilesQueryDto {
  /**
   * Whose file it is; your own userid by default.
   * @example 9b74c9897bac770ffc029102a200c5de
   */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  @Matches(NO_NUL)
  owner?: string;
  /**
   * Key of the file, as the list has it.
   * @example 9b74c9897bac770ffc029102a200c5de/budget/data/2026.csv
   */
  @IsString()
  @MaxLength(1024)
  @Matches(NO_NUL)
  key!: string;
}

export class StoredFileDto {
  /** @example 9b74c9897bac770ffc029102a200c5de/budget/data/2026.csv */
  key!: string;
  /** @example 9b74c9897bac770ffc029102a200c5de */
  owner!: string;
  /** @example budget */
  dataset!: string | null;
  /** @example data/2026.csv */
  path!: string;
  @ApiProperty({ type: 'integer', example: 5 })
  bytes!: number;
  /**
   * In hexadecimal.
   * @example 5d41402abc4b2a76b9719d911017c592
   */
  md5!: string;
  /** @example text/csv */
  type!: string | null;
  @ApiProperty({ description: 'Who may read it: everybody, or its owner.', enum: ['public', 'private'] })
  visibility!: Visibility;
  /** @example 2026-11-23T12:00:00.000Z */
  stored_at!: string;
  /** @example https://signalbox.example.org/objects/9b74c9897bac770ffc029102a200c5de/budget/data/2026.csv */
  url!: string;
}

export class StoredFilesDto {
  files!: StoredFileDto[];
  /** The `after` of the next page; null on the last one. */
  next!: string | null;
}

/** Of which files the bytes are wanted. */
export class StorageUseQueryDto {
  @ApiPropertyOptional({
    description:
      '`private`: only those that nobody else can read; any other word: only those that everybody can.',
    example: 'private',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @Matches(NO_NUL)
  findability?: string;
}

/** What is stored. */
export class TotalBytesDto {
  @ApiProperty({ type: 'integer', example: 123456 })
  totalBytes!: number;
}
