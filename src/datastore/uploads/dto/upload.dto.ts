import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { IsObject } from 'class-validator';

const MD5 = 'XUFAKrxLKna5cZ2REBfFkg==';
const OWNER = '9b74c9897bac770ffc029102a200c5de';

/** A file that is to be uploaded. */
export class WantedFileDto {
  @ApiProperty({
    description: 'Length in bytes, as a number or as its digits.',
    oneOf: [{ type: 'integer', minimum: 0 }, { type: 'string' }],
    example: 5,
  })
  length!: number | string;
  /**
   * MD5 of the content: its 16 bytes in base64.
   * @example XUFAKrxLKna5cZ2REBfFkg==
   */
  md5!: string;
  /** @example 2026.csv */
  name!: string;
  /**
   * Media type.
   * @example text/csv
   */
  type?: string;
}

/** Files that are to be uploaded. */
@ApiExtraModels(WantedFileDto)
export class UploadRequestDto {
  @ApiProperty({
    description:
      'Whose files they are, and what they belong to. `owner` is your own userid. For /datastore `name`, the name of the dataset, is required; for /rawstore there may be `dataset`, `findability` (`private`: only the owner may read them) and `flow_id`.',
    type: 'object',
    properties: {
      owner: { type: 'string' },
      name: { type: 'string' },
      dataset: { type: 'string' },
      findability: { type: 'string' },
      flow_id: { type: 'string' },
    },
    required: ['owner'],
    additionalProperties: true,
    example: { owner: OWNER, name: 'budget', dataset: 'budget' },
  })
  @IsObject()
  metadata!: Record<string, unknown>;

  @ApiProperty({
    description: 'The files, each under its path.',
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(WantedFileDto) },
    example: { 'data/2026.csv': { length: 5, md5: MD5, name: '2026.csv', type: 'text/csv' } },
  })
  @IsObject()
  filedata!: Record<string, unknown>;
}

/** Where a file is to be sent by PUT, with the headers `Content-Length`, `Content-MD5` and `Content-Type`. */
export class AuthorizedPutDto {
  /** @example XUFAKrxLKna5cZ2REBfFkg== */
  md5!: string;
  /** @example 2026.csv */
  name!: string;
  @ApiProperty({
    description: 'As it was sent.',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
    example: 5,
  })
  length!: number | string;
  /** @example https://signalbox.example.org/objects/9b74c9897bac770ffc029102a200c5de/budget/data/2026.csv */
  upload_url!: string;
  @ApiProperty({
    description: 'Query to append to the address; of each value the first element.',
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    example: { expires: ['1795694400'], signature: ['7e2b'] },
  })
  upload_query!: Record<string, string[]>;
  /** @example text/csv */
  type?: string;
}

@ApiExtraModels(AuthorizedPutDto)
export class AuthorizedPutsDto {
  @ApiProperty({
    description: 'The files, each under its path.',
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(AuthorizedPutDto) },
  })
  filedata!: Record<string, AuthorizedPutDto>;
  /**
   * Until when an upload may begin.
   * @example 2026-11-26T12:00:00.000Z
   */
  expires_at!: string;
}

/** The form that a file is to be sent with: a POST of these fields, and after them the content as `file`. */
export class AuthorizedFormDto {
  /** @example https://signalbox.example.org/objects */
  upload_url!: string;
  @ApiProperty({
    description: 'The fields.',
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { acl: 'public-read', 'Content-MD5': MD5, 'Content-Type': 'text/csv' },
  })
  upload_query!: Readonly<Record<string, string>>;
  /** Whether the file is there already with this content: then it need not be sent. */
  exists!: boolean;
  /** @example text/csv */
  type?: string;
}

@ApiExtraModels(AuthorizedFormDto)
export class AuthorizedFormsDto {
  @ApiProperty({
    description: 'The files, each under its path.',
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(AuthorizedFormDto) },
  })
  filedata!: Record<string, AuthorizedFormDto>;
  /**
   * Until when an upload may begin.
   * @example 2026-11-26T12:00:00.000Z
   */
  expires_at!: string;
}

/** What addresses of the caller's files begin with. */
export class PrefixesDto {
  /** @example ["https://signalbox.example.org/objects/9b74c9897bac770ffc029102a200c5de"] */
  prefixes!: string[];
}

/** An address that the file can be read at. */
export class PresignedDto {
  /** @example https://signalbox.example.org/objects/9b74c9897bac770ffc029102a200c5de/5d41402abc4b2a76b9719d911017c592?expires=1795694400&keyid=k&signature=7e2b */
  url!: string;
}
