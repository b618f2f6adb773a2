/** What a user may at a service. Only `permissions`, and nothing in it, where nobody valid is asking. */
export class AuthorizationDto {
  /**
   * What the service lets him do; means something to the service.
   * @example { "datapackage-upload": true }
   */
  permissions!: Record<string, unknown>;
  /** @example os.datastore */
  service?: string;
  /**
   * A signed token (JWT, RS256) that says the same to the service.
   * @example eyJhbGciOiJSUzI1NiIsInR5cCI6InBlcm1pc3Npb24rand0In0.eyJzZXJ2aWNlIjoic291cmNlIn0.c2lnbmF0dXJl
   */
  token?: string;
  /** @example 8f14e45fceea167a5a36dedd4bea2543 */
  userid?: string;
}
