import { ApiProperty } from '@nestjs/swagger';

/** What a pipeline is sent: the address of a package, as JSON-LD. */
export class HookPayloadDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { '@vocab': 'http://schema.org/', url: { '@type': '@id' } },
  })
  '@context'!: object;
  /** @example https://signalbox.example.org/objects/0b0a5a0e4d1d5d0e8f7cf9f0b4b0a5e1/budget-2026/datapackage.json */
  url!: string;
}

/** What became of handing a package to a pipeline. */
export class RunHooksDto {
  /** @example true */
  success!: boolean;
  /**
   * What the pipeline answered; only where it succeeded.
   * @example Execution 1 was begun.
   */
  response?: string;
  /** What the pipeline was sent, if anything was. */
  payload?: HookPayloadDto;
  /**
   * What went wrong; only where something did.
   * @example The pipeline answered 500: out of memory
   */
  error?: string;
}
