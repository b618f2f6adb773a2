import { ApiExtraModels, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';

/** Who is signed in, in the words of the Conductor and of DataHub. */
export class ProfileDto {
  /**
   * The userid: what every owner field holds.
   * @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1
   */
  id!: string;
  /**
   * The same as `id`.
   * @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1
   */
  idhash!: string;
  /**
   * Whom the provider of the last sign-in knows him as; null for who has never signed in with one.
   * @example github:123
   */
  provider_id!: string | null;
  /**
   * The nickname. On `/user/check` null until it was chosen.
   * @example ann
   */
  username!: string | null;
  /** @example Ann Example */
  name!: string | null;
  /** @example ann@example.org */
  email!: string | null;
  /** @example https://avatars.example.org/ann.png */
  avatar_url!: string | null;
  /** @example 2026-11-23T06:30:00.000Z */
  join_date!: string;
}

/** Where to sign in. */
export class ProviderLinkDto {
  /** @example https://signalbox.example.org/user/login/google */
  url!: string;
  /**
   * What people call the provider. Not there for a `google` that is not configured and leads elsewhere.
   * @example Google
   */
  title?: string;
}

/** Whether somebody is signed in. */
@ApiExtraModels(ProviderLinkDto)
export class CheckDto {
  /** @example true */
  authenticated!: boolean;
  /** Only where somebody is. */
  profile?: ProfileDto;
  /**
   * Where nobody is: by the name of each provider the address to send the browser to. `google` is always there.
   * @example { "google": { "url": "https://signalbox.example.org/user/login/google", "title": "Google" } }
   */
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ProviderLinkDto) },
  })
  providers?: Record<string, ProviderLinkDto>;
}

/** Whether a change was made. */
export class UpdatedDto {
  /** @example true */
  success!: boolean;
  /**
   * Why not: `No token`, `Not authenticated`, `Unknown User`, `Cannot modify username, already set`, or what is wrong
   * with the username.
   * @example Cannot modify username, already set
   */
  error?: string;
}

/** Whose username it is. */
export class ResolvedDto {
  /**
   * The userid; null where nobody has the username.
   * @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1
   */
  userid!: string | null;
}

/** Whose dataset it is. */
export class ResolvedDatasetDto extends ResolvedDto {
  /**
   * Name of the dataset, whether there is one or not; null where the path has none.
   * @example budget
   */
  packageid!: string | null;
}

/** What everybody may know of somebody. */
export class PublicProfileDto {
  /** @example 0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1 */
  id!: string;
  /** @example Ann Example */
  name!: string | null;
  /** @example 2026-11-23T06:30:00.000Z */
  join_date!: string;
}

/** The public profile behind a username. */
export class FoundProfileDto {
  /** @example true */
  found!: boolean;
  profile!: PublicProfileDto | null;
}
