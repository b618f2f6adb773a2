import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { Actors } from '../callers/actors.js';
import { IdentityChanges } from '../identity-changes.js';
import { UserNotFoundError } from '../identity.errors.js';
import { isId } from '../tokens/token-checks.js';
import { normalizeNickname } from '../users/nickname.js';
import type {
  ServicePermissionDto,
  ServicePermissionListDto,
  ServicePermissionsQueryDto,
} from './dto/service-permission.dto.js';
import { ServiceNameInvalidError, ServicePermissionNotFoundError } from './permissions.errors.js';
import { EVERYBODY, SERVICE_NAME, type ServicePermissions } from './service-permission-layers.js';
import { parseServicePermissions } from './service-permissions-input.js';

interface Row {
  userid: string;
  service: string;
  permissions: ServicePermissions;
  updated_at: number;
}

const COLUMNS = 'userid, service, permissions, floor(extract(epoch from updated_at))::float8 as updated_at';
const MANAGE = 'permissions.manage';

/** What services let users do: a row per user, or everybody, and service. */
@Injectable()
export class ServicePermissionsService {
  constructor(
    private readonly database: Database,
    private readonly actors: Actors,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /** A page of the rows: all of them for who manages them, else his own and those of everybody. */
  async list(actor: Actor, query: ServicePermissionsQueryDto): Promise<ServicePermissionListDto> {
    actor.require('permissions.read');
    const { userid = null, service = null, limit, after } = query;
    if (userid !== null) requireVisible(actor, userid);
    const [afterUserid = null, afterService = null] = after?.split(',') ?? [];
    const rows = await this.database.query<Row>(
      `select ${COLUMNS} from service_permission
       where ($1::text is null or userid = $1) and ($2::text is null or service = $2)
         and ($3::text is null or (userid, service) > ($3, $4)) and ($5::text[] is null or userid = any($5))
       order by userid, service limit $6`,
      [
        userid,
        service,
        afterUserid,
        afterService,
        actor.may(MANAGE) ? null : [EVERYBODY, actor.userid],
        limit,
      ],
    );
    const last = rows.length === limit ? rows.at(-1)! : undefined;
    return {
      service_permissions: rows.map(present),
      next: last ? `${last.userid},${last.service}` : null,
    };
  }

  /** One row. Throws `ServicePermissionNotFoundError`. */
  async get(actor: Actor, userid: string, service: string): Promise<ServicePermissionDto> {
    actor.require('permissions.read');
    requireVisible(actor, userid);
    const row = await this.find(userid, service);
    if (!row) throw new ServicePermissionNotFoundError();
    return present(row);
  }

  /**
   * Sets a row, whatever it held. Throws `UserNotFoundError`, `ServiceNameInvalidError` and
   * `ServicePermissionsInvalidError`.
   */
  async put(actor: Actor, userid: string, service: string, input: unknown): Promise<ServicePermissionDto> {
    actor.require(MANAGE);
    const permissions = parseServicePermissions(input);
    return this.change(actor, userid, service, () => permissions);
  }

  /** Removes a row. Throws `ServicePermissionNotFoundError`. */
  async remove(actor: Actor, userid: string, service: string): Promise<void> {
    actor.require(MANAGE);
    await this.database.transaction(async () => {
      if (!(await this.find(userid, service))) throw new ServicePermissionNotFoundError();
      await this.database.execute('delete from service_permission where userid = $1 and service = $2', [
        userid,
        service,
      ]);
      await this.note(actor, 'service-permission.delete', userid, service);
    });
  }

  /** Adds to what a service lets a user do, who is known by his nickname; `*` for everybody. Throws as `put`. */
  async grant(actor: Actor, nickname: string, service: string, input: unknown): Promise<void> {
    actor.require(MANAGE);
    const userid = await this.useridOf(nickname);
    await this.change(actor, userid, service, (before) => ({ ...before, ...parseServicePermissions(input) }));
  }

  /** Takes away some of that, or the whole row. Throws `UserNotFoundError` and `ServicePermissionNotFoundError`. */
  async revoke(actor: Actor, nickname: string, service: string, names?: readonly string[]): Promise<void> {
    actor.require(MANAGE);
    const userid = await this.useridOf(nickname);
    if (!names) return this.remove(actor, userid, service);
    await this.change(actor, userid, service, (before) => {
      if (!names.every((name) => Object.hasOwn(before ?? {}, name)))
        throw new ServicePermissionNotFoundError();
      return Object.fromEntries(Object.entries(before!).filter(([name]) => !names.includes(name)));
    });
  }

  private async change(
    actor: Actor,
    userid: string,
    service: string,
    apply: (before: ServicePermissions | undefined) => ServicePermissions,
  ): Promise<ServicePermissionDto> {
    if (!SERVICE_NAME.test(service)) throw new ServiceNameInvalidError();
    return this.database.transaction(async () => {
      await this.requireUser(userid);
      // Two who add to one row at the same time wait for each other.
      await this.database.query(`select pg_advisory_xact_lock(hashtext('identity.service-permission'))`);
      const permissions = parseServicePermissions(apply((await this.find(userid, service))?.permissions));
      const [row] = await this.database.query<Row>(
        `insert into service_permission (userid, service, permissions) values ($1, $2, $3::jsonb)
         on conflict (userid, service) do update set permissions = excluded.permissions, updated_at = now()
         returning ${COLUMNS}`,
        [userid, service, JSON.stringify(permissions)],
      );
      await this.note(actor, 'service-permission.set', userid, service, permissions);
      return present(row!);
    });
  }

  private async note(
    actor: Actor,
    action: string,
    userid: string,
    service: string,
    permissions?: ServicePermissions,
  ): Promise<void> {
    const details = { service, ...(permissions && { permissions }) };
    await this.audit.record({ actor, action, subject: `userid:${userid}`, details });
    await this.changes.note();
  }

  private async find(userid: string, service: string): Promise<Row | undefined> {
    if (!isUserid(userid) || !SERVICE_NAME.test(service)) return undefined;
    const [row] = await this.database.query<Row>(
      `select ${COLUMNS} from service_permission where userid = $1 and service = $2`,
      [userid, service],
    );
    return row;
  }

  private async requireUser(userid: string): Promise<void> {
    if (userid === EVERYBODY) return;
    // Locked: who deletes the user at the same time deletes this row too, or it is not made.
    const found = isId(userid)
      ? await this.database.query('select from "user" where userid = $1 for key share', [userid])
      : [];
    if (found.length === 0) throw new UserNotFoundError();
  }

  private async useridOf(nickname: string): Promise<string> {
    if (nickname === EVERYBODY) return EVERYBODY;
    const name = normalizeNickname(nickname);
    const account = name === undefined ? undefined : await this.actors.byNickname(name);
    if (!account) throw new UserNotFoundError();
    return account.actor.userid;
  }
}

/** The rows of others are for who manages them. */
function requireVisible(actor: Actor, userid: string): void {
  if (userid !== EVERYBODY && userid !== actor.userid) actor.require(MANAGE);
}

function isUserid(text: string): boolean {
  return text === EVERYBODY || isId(text);
}

function present({ userid, service, permissions, updated_at }: Row): ServicePermissionDto {
  const self = `/api/v1.0/service-permissions/${userid}/${service}`;
  return { userid, service, permissions, updated_at, _links: { self } };
}
