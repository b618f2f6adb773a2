import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsString, Matches } from 'class-validator';

/** How long the token shall be good. */
export class ExpirationQueryDto {
  /** Seconds until the token expires. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, default: 600, example: 600 })
  @Matches(/^[1-9]\d{0,9}$/, { message: 'expiration must be a whole number of seconds, 1 or more' })
  expiration: string = '600';
}

/** What token shall be given. */
export class TokenQueryDto extends ExpirationQueryDto {
  /** Whether a refresh token comes with it. */
  @ApiPropertyOptional({ default: 'false', example: 'true' })
  @IsIn(['true', 'false'], { message: 'refresh must be true or false' })
  refresh: string = 'false';
}

/** A token to send as `Authorization: Bearer`. */
export class TokenDto {
  /**
   * A signed token (JWT).
   * @example eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxMCJ9.c2lnbmF0dXJl
   */
  token!: string;
  /**
   * With `refresh=true` only: what the next token is had for, once.
   * @example sbr_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0uA
   */
  refresh_token?: string;
  /** With `refresh=true` only: seconds until the token expires. */
  @ApiPropertyOptional({ type: 'integer', example: 600 })
  expires_in?: number;
}

/** What a new token is had for. */
export class RefreshTokenDto {
  /** @example sbr_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0uA */
  @IsString({ message: 'refresh_token must be a text' })
  @IsNotEmpty({ message: 'refresh_token must not be empty' })
  refresh_token!: string;
}

/** A token, and what the next one is had for. */
export class RefreshedTokenDto {
  /**
   * A signed token (JWT).
   * @example eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxMCJ9.c2lnbmF0dXJl
   */
  token!: string;
  /**
   * What the next token is had for, once.
   * @example sbr_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0uA
   */
  refresh_token!: string;
  /**
   * Seconds until the token expires.
   * @example 600
   */
  @ApiProperty({ type: 'integer' })
  expires_in!: number;
}
