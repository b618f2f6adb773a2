import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import {
  BUILT_IN_PLAN,
  DEFAULT_PLAN,
  EVERYBODY,
  type Layer,
  type MergedPermissions,
  mergeLayers,
  PLANNED_SERVICES,
  type PlanLimits,
  planPermissions,
  type ServicePermissions,
} from './service-permission-layers.js';

/** What a service lets a user do, and where that comes from. */
export interface ServiceGrant extends MergedPermissions {
  readonly service: string;
}

interface PlanRow extends PlanLimits {
  own: string | null;
  /** The name of the plan that counts; null where there is none. */
  name: string | null;
}

interface GrantRow {
  userid: string;
  service: string;
  permissions: ServicePermissions;
}

/** Works out what services let users do, from plans and from the rows of everybody and of the user himself. */
@Injectable()
export class ServiceGrants {
  constructor(private readonly database: Database) {}

  /** What a service lets a user do. */
  async of(userid: string, service: string): Promise<ServiceGrant> {
    const rows = await this.rows(userid, service);
    const plan = PLANNED_SERVICES.includes(service) ? await this.plan(userid) : undefined;
    return { service, ...mergeLayers(layersOf(service, rows, plan)) };
  }

  /** The same for each service that lets him do anything. */
  async all(userid: string): Promise<ServiceGrant[]> {
    const rows = await this.rows(userid, null);
    const plan = await this.plan(userid);
    const services = new Set([...PLANNED_SERVICES, ...rows.map(({ service }) => service)]);
    return [...services].sort().map((service) => ({
      service,
      ...mergeLayers(
        layersOf(
          service,
          rows.filter((row) => row.service === service),
          plan,
        ),
      ),
    }));
  }

  private rows(userid: string, service: string | null): Promise<GrantRow[]> {
    return this.database.query<GrantRow>(
      `select userid, service, permissions from service_permission
       where userid in ($1, $2) and ($3::text is null or service = $3)`,
      [EVERYBODY, userid, service],
    );
  }

  private async plan(userid: string): Promise<PlanRow | undefined> {
    const [row] = await this.database.query<PlanRow>(
      `select u.plan_name as own, p.name, p.max_private_storage_mb, p.max_public_storage_mb, p.max_dataset_num
       from "user" u left join plan p on p.name = coalesce(u.plan_name, $2) where u.userid = $1`,
      [userid, DEFAULT_PLAN],
    );
    return row;
  }
}

/** A plan that the user was given himself says more about him than what everybody has. */
function layersOf(service: string, rows: readonly GrantRow[], plan: PlanRow | undefined): Layer[] {
  const row = (wanted: (userid: string) => boolean): Layer[] =>
    rows
      .filter(({ userid }) => wanted(userid))
      .map(({ userid, permissions }) => ({ from: userid, permissions }));
  const limits = plan?.name ? plan : BUILT_IN_PLAN;
  const permissions = planPermissions(service, limits);
  const planned: Layer[] = permissions
    ? [{ from: plan?.name ? `plan:${plan.name}` : 'built-in', permissions }]
    : [];
  const ownPlan = plan?.own != null;
  return [
    ...(ownPlan ? [] : planned),
    ...row((userid) => userid === EVERYBODY),
    ...(ownPlan ? planned : []),
    ...row((userid) => userid !== EVERYBODY),
  ];
}
