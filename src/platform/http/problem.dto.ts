/** One broken field of the input. */
export class ProblemFieldDto {
  /**
   * Dotted path of the field.
   * @example expiration
   */
  path!: string;
  /** What is wrong with it and what to do. */
  message!: string;
}

/** An error in the form of RFC 9457. */
export class ProblemDto {
  /** @example about:blank */
  type!: string;
  /** @example Not Found */
  title!: string;
  /** @example 404 */
  status!: number;
  /** What is wrong and what to do. */
  detail!: string;
  /**
   * Stable word for programs.
   * @example JOB_NOT_FOUND
   */
  code!: string;
  /** The same as `detail`. */
  message!: string;
  /** Short text of the error, on `/api/v1.0` only. */
  error?: string;
  /** Identity of the request, as in the logs. */
  requestId!: string;
  /** The broken fields, if any. */
  errors?: ProblemFieldDto[];
}
