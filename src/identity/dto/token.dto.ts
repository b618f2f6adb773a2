import { ApiPropertyOptional } from '@nestjs/swagger';
import { Matches } from 'class-validator';

/** How long the token shall be good. */
export class TokenQueryDto {
  /** Seconds until the token expires. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, default: 600, example: 600 })
  @Matches(/^[1-9]\d{0,9}$/, { message: 'expiration must be a whole number of seconds, 1 or more' })
  expiration: string = '600';
}

/** A token to send as `Authorization: Bearer`. */
export class TokenDto {
  /**
   * A signed token (JWT).
   * @example eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxMCJ9.c2lnbmF0dXJl
   */
  token!: string;
}
