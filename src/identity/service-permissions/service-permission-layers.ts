/** Stands for every user in a row of service permissions. */
export const EVERYBODY = '*';

/** What a service is called: `os.datastore`, `rawstore`. */
export const SERVICE_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** What a service lets somebody do: names with values that mean something to the service. */
export type ServicePermissions = Readonly<Record<string, unknown>>;

/** Where some of a user's permissions for a service come from. */
export interface Layer {
  /** `built-in`, `plan:<name>`, `*` for the row that everybody has, or the userid of the user's own row. */
  readonly from: string;
  readonly permissions: ServicePermissions;
}

/** Permissions with the layer that each comes from. */
export interface MergedPermissions {
  readonly permissions: ServicePermissions;
  readonly from: Readonly<Record<string, string>>;
}

/** A plan's limits, in its own words. */
export interface PlanLimits {
  readonly max_private_storage_mb: number;
  readonly max_public_storage_mb: number;
  readonly max_dataset_num: number;
}

/** What a user may keep who has no plan, where there is no plan `default` either. */
export const BUILT_IN_PLAN: PlanLimits = {
  max_private_storage_mb: 100,
  max_public_storage_mb: 100,
  max_dataset_num: 100,
};

/** The plan of those who were given none. */
export const DEFAULT_PLAN = 'default';

/** The services that plans say something about. */
export const PLANNED_SERVICES = ['rawstore', 'source'];

/** What a plan lets its users do at a service; nothing where it says nothing about it. */
export function planPermissions(service: string, limits: PlanLimits): ServicePermissions | undefined {
  const { max_private_storage_mb, max_public_storage_mb, max_dataset_num } = limits;
  if (service === 'rawstore') return { max_private_storage_mb, max_public_storage_mb };
  if (service === 'source') return { max_dataset_num };
  return undefined;
}

/** Lays layers over each other, the most general one first: a name has the value of the last layer that holds it. */
export function mergeLayers(layers: readonly Layer[]): MergedPermissions {
  const entries = layers.flatMap(({ from, permissions }) =>
    Object.entries(permissions).map(([name, value]) => ({ name, value, from })),
  );
  return {
    permissions: Object.fromEntries(entries.map(({ name, value }) => [name, value])),
    from: Object.fromEntries(entries.map(({ name, from }) => [name, from])),
  };
}
