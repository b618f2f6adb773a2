import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';
import { IsListOf } from '../../is-list-of.js';
import { ROLE_NAME } from '../roles.js';

const MAX_WORDS = 200;
const isGiven = (_: unknown, value: unknown) => value !== undefined;
const aboutMessage = { message: 'about must be a text' };
const isWord = (item: unknown) => typeof item === 'string' && item.length <= 64;

/** Which part of the list of roles. */
export class RolesQueryDto {
  /**
   * Most roles that are answered.
   * @example 100
   */
  @ApiPropertyOptional({ type: 'integer' })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number from 1 to 1000' })
  @Min(1)
  @Max(1000)
  limit: number = 100;

  /**
   * Only roles behind this one: the name of the last role seen.
   * @example importer
   */
  @IsOptional()
  @Matches(ROLE_NAME, { message: 'after must be the name of a role' })
  after?: string;
}

/** A role to define. */
export class NewRoleDto {
  /** @example importer */
  @Matches(ROLE_NAME, {
    message: ({ value }: ValidationArguments) =>
      value === undefined
        ? 'Missing post data name'
        : 'name must be 1 to 64 letters, digits, dots, dashes or underscores',
  })
  name!: string;

  /**
   * What it allows; `GET /api/v1.0/permissions` lists the words.
   * @example ["orders.import", "orders.rules"]
   */
  @IsListOf(isWord, MAX_WORDS, 'words such as orders.import')
  permissions!: string[];

  /**
   * What it is for.
   * @example Imports orders and says how they are judged.
   */
  @ValidateIf(isGiven)
  @IsString(aboutMessage)
  about?: string;
}

/** What of a role is to change. */
export class ChangeRoleDto {
  /**
   * All that it allows from now on.
   * @example ["orders.import"]
   */
  @ValidateIf(isGiven)
  @IsListOf(isWord, MAX_WORDS, 'words such as orders.import')
  permissions?: string[];

  /**
   * What it is for.
   * @example Imports orders.
   */
  @ValidateIf(isGiven)
  @IsString(aboutMessage)
  about?: string;
}

/** Where to go from a role. */
export class RoleLinksDto {
  /** @example /api/v1.0/roles/importer */
  self!: string;
}

/** A role: a name for some permissions. */
export class RoleDto {
  /** @example importer */
  name!: string;
  /** What it is for. */
  @ApiProperty({ example: 'Imports orders.' })
  about!: string;
  /**
   * `*` stands for all.
   * @example ["orders.import"]
   */
  permissions!: string[];
  /**
   * Part of the program: it cannot be changed.
   * @example false
   */
  built_in!: boolean;
  _links!: RoleLinksDto;
}

/** Roles by name. */
export class RoleListDto {
  roles!: RoleDto[];
}

/** A permission. */
export class PermissionDto {
  /** @example orders.import */
  name!: string;
  /** What it allows. */
  @ApiProperty({ example: 'Import orders from CSV files.' })
  about!: string;
  /**
   * Whether every account holds it.
   * @example true
   */
  everyone!: boolean;
}

/** All permissions there are, by name. */
export class PermissionListDto {
  permissions!: PermissionDto[];
}
