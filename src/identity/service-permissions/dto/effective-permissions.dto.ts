/** A permission of a user, and why he has it. */
export class EffectivePermissionDto {
  /** @example orders.read */
  permission!: string;
  /** @example Read orders, and how far own imports are */
  about!: string;
  /**
   * `everyone` where each account has it; `role:<name>` for each role of his that holds it.
   * @example ["everyone", "role:admin"]
   */
  given_by!: string[];
}

/** What a service lets a user do, and why. */
export class EffectiveServiceDto {
  /** @example os.datastore */
  service!: string;
  /**
   * What a permission token for the service says.
   * @example { "datapackage-upload": true }
   */
  permissions!: Record<string, unknown>;
  /**
   * Where each of them comes from: `*` for what everybody has, the userid for what he has himself, `plan:<name>`, or
   * `built-in` where there is no plan.
   * @example { "datapackage-upload": "*" }
   */
  given_by!: Record<string, string>;
}

/** What a user may, and why. */
export class EffectivePermissionsDto {
  /** @example 8f14e45fceea167a5a36dedd4bea2543 */
  userid!: string;
  /** Where true, none of this counts until the account is enabled. */
  disabled!: boolean;
  permissions!: EffectivePermissionDto[];
  services!: EffectiveServiceDto[];
}
