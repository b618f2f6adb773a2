import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { SERVICE_NAME } from '../service-permission-layers.js';

const USERID_OR_ALL = /^(?:\*|[\w-]{1,64})$/;

/** Which service permissions to list. */
export class ServicePermissionsQueryDto {
  /**
   * Only those of this user; `*` for those that everybody has.
   * @example *
   */
  @IsOptional()
  @Matches(USERID_OR_ALL, { message: 'userid must be a userid, or * for everybody' })
  userid?: string;

  /**
   * Only those for this service.
   * @example os.datastore
   */
  @IsOptional()
  @Matches(SERVICE_NAME, { message: 'service must be the name of a service, like os.datastore' })
  service?: string;

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
   * @example *,os.datastore
   */
  @IsOptional()
  @Matches(/^(?:\*|[\w-]{1,64}),[A-Za-z0-9][\w.-]{0,63}$/, {
    message: 'after must be the next of the page before, like *,os.datastore',
  })
  after?: string;
}

/** Where to go from service permissions. */
export class ServicePermissionLinksDto {
  /** @example /api/v1.0/service-permissions/8f14e45fceea167a5a36dedd4bea2543/os.datastore */
  self!: string;
}

/** What a service lets a user, or everybody, do. */
export class ServicePermissionDto {
  /**
   * `*` stands for everybody.
   * @example *
   */
  userid!: string;
  /** @example os.datastore */
  service!: string;
  /**
   * Names with values that mean something to the service.
   * @example { "datapackage-upload": true }
   */
  permissions!: Record<string, unknown>;
  /**
   * Seconds since 1970.
   * @example 1471004649
   */
  @ApiProperty({ type: 'integer' })
  updated_at!: number;
  _links!: ServicePermissionLinksDto;
}

/** A page of service permissions, by userid and service. */
export class ServicePermissionListDto {
  service_permissions!: ServicePermissionDto[];
  /**
   * Give it as `after` for the next page; null on the last one.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}
