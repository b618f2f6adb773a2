import { ApiProperty } from '@nestjs/swagger';
import { Matches, ValidateIf, type ValidationArguments } from 'class-validator';
import { ROLE_NAME } from '../roles.js';

const message = ({ value }: ValidationArguments) =>
  value === undefined
    ? 'Missing post data name'
    : 'name must be 1 to 64 letters, digits, dots, dashes or underscores';
const isGiven = (_: unknown, value: unknown) => value !== undefined;

/** A role to grant. */
export class NewUserRoleDto {
  /**
   * `admin`, or any other role.
   * @example admin
   */
  @Matches(ROLE_NAME, { message })
  name!: string;
}

/** What of a granted role is to change. */
export class ChangeUserRoleDto {
  /**
   * The role to hold instead: `admin`, or any other one.
   * @example admin
   */
  @ValidateIf(isGiven)
  @Matches(ROLE_NAME, { message })
  name?: string;
}

/** Where to go from a granted role. */
export class UserRoleLinksDto {
  /** @example /api/v1.0/users/1/roles/1 */
  self!: string;
  /** @example /api/v1.0/users/1 */
  user!: string;
}

/** A role that a user holds. */
export class UserRoleDto {
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  id!: number;
  /** @example admin */
  name!: string;
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  user_id!: number;
  _links!: UserRoleLinksDto;
}

/** What was made. */
export class CreatedDto {
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  id!: number;
}
