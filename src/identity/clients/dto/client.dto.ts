import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { SCOPE, SCOPES_MAX, TITLE, TITLE_MESSAGE } from '../../roles/scopes.js';
import { CLIENT_SLUG } from '../api-client.entity.js';

const SCOPES_MESSAGE = 'scopes must be permissions, or *';

/** What a client proves itself with. */
export class ClientSecretDto {
  /** @example client-0123456789abcdef01234567 */
  @IsString({ message: 'client_id must be a text' })
  @IsNotEmpty({ message: 'client_id must not be empty' })
  client_id!: string;

  /** @example sbc_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0uA */
  @IsString({ message: 'client_secret must be a text' })
  @IsNotEmpty({ message: 'client_secret must not be empty' })
  client_secret!: string;
}

/** A token of a client, to send as `Authorization: Bearer`. */
export class ClientTokenDto {
  /**
   * A signed token (JWT).
   * @example eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJjbGllbnQtMSJ9.c2lnbmF0dXJl
   */
  jwt!: string;
}

/** An API client to make. */
export class NewClientDto {
  /**
   * What people read.
   * @example 'Nightly jobs'
   */
  @Matches(TITLE, { message: `title ${TITLE_MESSAGE}` })
  title!: string;

  /**
   * Permissions that the maker holds himself; `*` stands for all that its owner may, now and later. Default: those that
   * are meant for clients.
   * @example ["orders.read"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(SCOPES_MAX)
  @Matches(SCOPE, { each: true, message: SCOPES_MESSAGE })
  scopes?: string[];
}

/** What shall be different about an API client. */
export class ClientChangeDto {
  /** @example 'Nightly jobs' */
  @ApiPropertyOptional()
  @IsOptional()
  @Matches(TITLE, { message: `title ${TITLE_MESSAGE}` })
  title?: string;

  /** @example ["orders.read"] */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(SCOPES_MAX)
  @Matches(SCOPE, { each: true, message: SCOPES_MESSAGE })
  scopes?: string[];
}

/** An API client as others refer to it. */
export class ClientDto {
  /** @example nightly */
  slug!: string;
  /** @example 'Nightly jobs' */
  title!: string;
  /** @example client-0123456789abcdef01234567 */
  client_id!: string;
}

/** An API client with the secret that it just got. */
export class ClientWithSecretDto extends ClientDto {
  /**
   * It is shown only this once.
   * @example sbc_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0uA
   */
  client_secret!: string;
}

/** An API client as its owner sees it. */
export class OwnClientDto extends ClientDto {
  /** @example ["orders.read"] */
  scopes!: string[];
  /**
   * Nickname of the user who answers for it.
   * @example ann
   */
  owner!: string;
  /** @example 2026-11-23T05:52:44.000Z */
  created_at!: string;
  /** @example 2026-11-23T05:52:44.000Z */
  updated_at!: string;
}

/** One API client. */
export class ClientAnswerDto {
  data!: ClientDto;
}

/** One API client with its new secret. */
export class ClientWithSecretAnswerDto {
  data!: ClientWithSecretDto;
}

/** One API client as its owner sees it. */
export class OwnClientAnswerDto {
  data!: OwnClientDto;
}

/** Which part of the list of API clients. */
export class ClientsQueryDto {
  /**
   * Most clients that are answered.
   * @example 100
   */
  @ApiPropertyOptional({ type: 'integer' })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number from 1 to 1000' })
  @Min(1)
  @Max(1000)
  limit: number = 100;

  /**
   * Only clients behind this one, by the `next` of the page before.
   * @example nightly
   */
  @IsOptional()
  @Matches(CLIENT_SLUG, { message: 'after must be the slug of a client' })
  after?: string;
}

/** A page of API clients, ordered by slug. */
export class ClientListDto {
  data!: OwnClientDto[];
  /**
   * Give it as `after` for the next page; null on the last one.
   * @example nightly
   */
  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}
