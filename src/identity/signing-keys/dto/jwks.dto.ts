/** A public RSA key (RFC 7517). */
export class JwkDto {
  /** @example RSA */
  kty!: string;
  /**
   * The `kid` in the header of the tokens that it signs.
   * @example 3yLw0mVbZqTt
   */
  kid!: string;
  /** @example RS256 */
  alg!: string;
  /** @example sig */
  use!: string;
  /** @example u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0 */
  n!: string;
  /** @example AQAB */
  e!: string;
}

/** The keys that verify tokens. */
export class JwksDto {
  keys!: JwkDto[];
}
