/** What a permission allows, and whether everyone has it. */
export interface PermissionDefinition {
  readonly about: string;
  /** Part of the built-in role `user`, which every account holds. */
  readonly everyone?: boolean;
  /** Part of what an API client may unless its scopes say otherwise. */
  readonly clients?: boolean;
  /** The services whose permission tokens open it, for the user they name. */
  readonly services?: readonly string[];
}

const defined = new Map<string, PermissionDefinition>();

/** Declares a module's permissions, words of the form `family.action`. */
export function definePermissions(permissions: Readonly<Record<string, PermissionDefinition>>): void {
  for (const [word, definition] of Object.entries(permissions)) defined.set(word, definition);
}

/** Every declared permission; complete once the application module is loaded. */
export function definedPermissions(): ReadonlyMap<string, PermissionDefinition> {
  return defined;
}
