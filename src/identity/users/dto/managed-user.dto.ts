import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, ValidateIf, type ValidationArguments } from 'class-validator';
import { IsListOf } from '../../is-list-of.js';
import { ROLE_NAME } from '../../roles/roles.js';
import { UserDto } from './user.dto.js';

const message = ({ property }: ValidationArguments) => `${property} must be a text`;
const isGiven = (_: unknown, value: unknown) => value !== undefined;
const MAX_ROLES = 20;
const isRoleName = (item: unknown) => typeof item === 'string' && ROLE_NAME.test(item);

/** An account to make. */
export class NewUserDto {
  /**
   * What he signs in with: 1 to 64 characters without spaces, colons, slashes, question marks and hashes.
   * @example ben
   */
  @IsString({
    message: ({ value }: ValidationArguments) =>
      value === undefined ? 'Missing post data nickname' : 'nickname must be a text',
  })
  nickname!: string;

  /** @example ben@example.org */
  @IsOptional()
  @IsString({ message })
  email?: string | null;

  /**
   * 8 characters or more, at most 1024 bytes. Without it one is made up.
   * @example correct-horse-battery-staple
   */
  @IsOptional()
  @IsString({ message })
  password?: string | null;

  /**
   * Roles that he gets besides the one everybody has; needs `roles.manage`.
   * @example []
   */
  @ApiPropertyOptional({ type: [String], maxItems: MAX_ROLES })
  @IsOptional()
  @IsListOf(isRoleName, MAX_ROLES, 'names of roles')
  roles?: string[] | null;
}

/** What of an account is to change; null takes away. */
export class ChangeUserDto {
  /** @example ben@example.org */
  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString({ message })
  email?: string | null;

  /**
   * As people call him: 1 to 200 characters.
   * @example Ben Miller
   */
  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString({ message })
  name?: string | null;

  /**
   * Whoever is disabled cannot sign in, and his tokens have ended.
   * @example false
   */
  @ValidateIf(isGiven)
  @IsBoolean({ message: 'disabled must be true or false' })
  disabled?: boolean;
}

/** An account with what only he himself, and who manages users, may know. */
export class ManagedUserDto extends UserDto {
  /**
   * What every owner field holds; it never changes.
   * @example 9f86d081884c7d659a2feaa0c55ad015
   */
  userid!: string;
  /** @example ben@example.org */
  @ApiProperty({ type: String, nullable: true })
  email!: string | null;
  /**
   * As people call him.
   * @example Ben Miller
   */
  @ApiProperty({ type: String, nullable: true })
  name!: string | null;
  /** @example false */
  disabled!: boolean;
}

/** A new account. */
export class CreatedUserDto extends ManagedUserDto {
  /**
   * His password where it was made up. It is shown only this once.
   * @example 7bVxQ2mKtRpW4hNcYdZa
   */
  password?: string;
}
