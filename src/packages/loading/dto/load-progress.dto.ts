import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** How a load is getting on. */
export class LoadProgressDto {
  /**
   * queued, initializing, loading-datapackage, validating-datapackage, loading-resource, creating-table,
   * loading-data-ready, loading-data, creating-babbage-model, saving-metadata, done or fail; an external loader may say
   * something else.
   */
  @ApiProperty({ example: 'loading-data' })
  status!: string;

  /** Rows in the database so far. */
  @ApiProperty({ type: 'integer', example: 5000 })
  progress!: number;

  /** Why the load failed, and what to do. */
  @ApiPropertyOptional({
    example: `data/budget.csv: Row 3, column "amount": '12,5' is not a number. Write it with a point.`,
  })
  error?: string;
}
