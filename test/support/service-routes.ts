import { Controller, Get, Module } from '@nestjs/common';
import { CurrentActor, RequirePermission } from '../../src/platform/access/access.decorators.js';
import type { Actor } from '../../src/platform/access/actor.js';
import { definePermissions } from '../../src/platform/access/permissions.js';

/** A service that only tests have. */
export const SERVICE = 'test.depot';

definePermissions({
  'depot.fetch': { about: 'what each account may at the service', everyone: true, services: [SERVICE] },
  'depot.manage': { about: 'what a role is needed for', services: [SERVICE, 'test.other'] },
  'depot.inside': { about: 'what no permission token opens', everyone: true },
});

/** Routes of the service; they answer who is asking. */
@Controller('depot')
export class DepotController {
  @Get('fetch')
  @RequirePermission('depot.fetch')
  fetch(@CurrentActor() actor: Actor): object {
    return shown(actor);
  }

  @Get('manage')
  @RequirePermission('depot.manage')
  manage(@CurrentActor() actor: Actor): object {
    return shown(actor);
  }

  @Get('inside')
  @RequirePermission('depot.inside')
  inside(@CurrentActor() actor: Actor): object {
    return shown(actor);
  }
}

@Module({ controllers: [DepotController] })
export class DepotModule {}

function shown({ id, userid, nickname, permissions, credential }: Actor): object {
  return { id, userid, nickname, permissions: [...permissions], credential };
}
