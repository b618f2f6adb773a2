/** What every answer of the orders API is wrapped in. */
export abstract class OrdersEnvelopeDto {
  /**
   * The HTTP status.
   * @example 200
   */
  status_code!: number;
  /**
   * The `uuid` of the request, else its id in the logs.
   * @example 0f6f2c1e-6f7e-4b8f-9a41-4f1d3c7d2b10
   */
  uuid!: string;
  /** What there is to say, in English or Portuguese; often nothing. */
  message!: string;
}

/** The result of an error: nothing. */
export class NoResultDto {}

/** An error of the orders API. */
export class OrdersErrorEnvelopeDto {
  result!: NoResultDto;
  /**
   * The HTTP status.
   * @example 400
   */
  status_code!: number;
  /**
   * The `uuid` of the request, else its id in the logs.
   * @example 0f6f2c1e-6f7e-4b8f-9a41-4f1d3c7d2b10
   */
  uuid!: string;
  /**
   * What is wrong, in English or Portuguese.
   * @example 'limit must be a number'
   */
  message!: string;
}
