import { ApiProperty } from '@nestjs/swagger';

/** A page of the rows of a table. */
export class PackageRowsDto {
  /** The fields, in the order of the file. */
  @ApiProperty({
    type: 'array',
    items: { type: 'object', properties: { name: { type: 'string' }, type: { type: 'string' } } },
    example: [
      { name: 'region', type: 'string' },
      { name: 'amount', type: 'number' },
    ],
  })
  fields!: { name: string; type: string }[];

  /** A row each, by the names of the fields. */
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [{ region: 'North', amount: 1200.5 }],
  })
  data!: Record<string, unknown>[];

  /** The `after` of the next page; null on the last one. */
  @ApiProperty({ type: 'integer', nullable: true, example: 100 })
  next!: number | null;

  /** Rows of the table, whatever the filters leave. */
  @ApiProperty({ type: 'integer', example: 12000 })
  rows!: number;
}
