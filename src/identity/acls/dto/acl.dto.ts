import { ApiProperty } from '@nestjs/swagger';
import { IsString, ValidateIf, type ValidationArguments } from 'class-validator';

const message = ({ value, property }: ValidationArguments) =>
  value === undefined ? `Missing post data ${property}` : `${property} must be a text`;
const isGiven = (_: unknown, value: unknown) => value !== undefined;

/** What a user may run, and where. */
export class NewAclDto {
  /**
   * Names of machines: a regular expression that the whole name has to fit.
   * @example web[0-9]+
   */
  @IsString({ message })
  minions!: string;

  /**
   * Names of functions: a regular expression that the whole name has to fit.
   * @example state\.(apply|sls)
   */
  @IsString({ message })
  functions!: string;
}

/** What of an ACL is to change. */
export class ChangeAclDto {
  /**
   * Names of machines, as in a new ACL.
   * @example web[0-9]+
   */
  @ValidateIf(isGiven)
  @IsString({ message })
  minions?: string;

  /**
   * Names of functions, as in a new ACL.
   * @example test\.ping
   */
  @ValidateIf(isGiven)
  @IsString({ message })
  functions?: string;
}

/** Where to go from an ACL. */
export class AclLinksDto {
  /** @example /api/v1.0/users/1/acls/1 */
  self!: string;
  /** @example /api/v1.0/users/1 */
  user!: string;
}

/** A user may run these functions on these machines. */
export class AclDto {
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  id!: number;
  /** @example .* */
  minions!: string;
  /** @example test.ping */
  functions!: string;
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  user_id!: number;
  _links!: AclLinksDto;
}
