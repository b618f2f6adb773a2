import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { IdentityChanges } from '../identity-changes.js';
import { UserNotFoundError } from '../identity.errors.js';
import type { PlanDto, PlanLimitsDto, PlanListDto, PlansQueryDto, UserPlanDto } from './dto/plan.dto.js';
import { PLAN_NAME } from './plan.entity.js';
import { PlanNameInvalidError, PlanNotFoundError, UnknownPlanError } from './permissions.errors.js';

const COLUMNS = 'name, max_private_storage_mb, max_public_storage_mb, max_dataset_num';
const MANAGE = 'permissions.manage';

/** Plans: how much their users may keep, and whose they are. */
@Injectable()
export class PlansService {
  constructor(
    private readonly database: Database,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /** A page of the plans, by name. */
  async list(actor: Actor, { limit, after }: PlansQueryDto): Promise<PlanListDto> {
    actor.require('permissions.read');
    const plans = await this.database.query<PlanDto>(
      `select ${COLUMNS} from plan where $1::text is null or name > $1 order by name limit $2`,
      [after ?? null, limit],
    );
    return { plans, next: plans.length === limit ? plans.at(-1)!.name : null };
  }

  /** Makes a plan, or sets what there is. Throws `PlanNameInvalidError`. */
  async put(actor: Actor, name: string, limits: PlanLimitsDto): Promise<PlanDto> {
    actor.require(MANAGE);
    if (!PLAN_NAME.test(name)) throw new PlanNameInvalidError();
    const { max_private_storage_mb, max_public_storage_mb, max_dataset_num } = limits;
    return this.database.transaction(async () => {
      const [plan] = await this.database.query<PlanDto>(
        `insert into plan (${COLUMNS}) values ($1, $2, $3, $4)
         on conflict (name) do update set max_private_storage_mb = excluded.max_private_storage_mb,
           max_public_storage_mb = excluded.max_public_storage_mb, max_dataset_num = excluded.max_dataset_num
         returning ${COLUMNS}`,
        [name, max_private_storage_mb, max_public_storage_mb, max_dataset_num],
      );
      const details = { max_private_storage_mb, max_public_storage_mb, max_dataset_num };
      await this.audit.record({ actor, action: 'plan.set', subject: `plan:${name}`, details });
      await this.changes.note();
      return plan!;
    });
  }

  /** Removes a plan; its users have none of their own then. Throws `PlanNotFoundError`. */
  async remove(actor: Actor, name: string): Promise<void> {
    actor.require(MANAGE);
    if (!PLAN_NAME.test(name)) throw new PlanNotFoundError();
    await this.database.transaction(async () => {
      if ((await this.database.execute('delete from plan where name = $1', [name])) === 0)
        throw new PlanNotFoundError();
      await this.audit.record({ actor, action: 'plan.delete', subject: `plan:${name}` });
      await this.changes.note();
    });
  }

  /** Gives a user a plan of his own, or none. Throws `UserNotFoundError` and `UnknownPlanError`. */
  async assign(actor: Actor, userId: number, { plan }: UserPlanDto): Promise<UserPlanDto> {
    actor.require(MANAGE);
    return this.database.transaction(async () => {
      if (plan !== null) {
        const found = await this.database.query('select from plan where name = $1 for key share', [plan]);
        if (found.length === 0) throw new UnknownPlanError();
      }
      const changed = await this.database.execute('update "user" set plan_name = $2 where id = $1', [
        userId,
        plan,
      ]);
      if (changed === 0) throw new UserNotFoundError();
      await this.audit.record({
        actor,
        action: 'plan.assign',
        subject: `user:${userId}`,
        details: { plan },
      });
      await this.changes.note();
      return { plan };
    });
  }
}
