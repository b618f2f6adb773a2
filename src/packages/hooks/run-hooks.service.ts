import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { PackagesConfig } from '../packages.config.js';
import { PackageParameterMissingError } from '../packages.errors.js';
import { mayManage } from '../registry/package-access.js';
import { PackageRegistry } from '../registry/package-registry.js';
import { isAllowedPipeline } from './allowed-pipelines.js';
import type { RunHooksDto } from './dto/run-hooks.dto.js';
import { Pipelines } from './pipelines.js';

/** Hands packages to pipelines elsewhere, such as one that makes linked data of them. */
@Injectable()
export class RunHooksService {
  constructor(
    private readonly config: PackagesConfig,
    private readonly database: Database,
    private readonly registry: PackageRegistry,
    private readonly pipelines: Pipelines,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Sends the address of a package to a pipeline that `RUN_HOOKS_ALLOW` names, and returns its answer; what goes wrong
   * there is `success: false`. Null where there is no such package, or it is not the actor's.
   */
  async run(
    actor: Actor | undefined,
    id: string | undefined,
    pipeline: string | undefined,
  ): Promise<RunHooksDto | null> {
    if (pipeline === undefined) throw new PackageParameterMissingError('pipeline');
    if (id === undefined) throw new PackageParameterMissingError('id');
    if (!actor || !mayManage(actor, id)) return null;
    const known = await this.registry.find(id);
    if (!known) return null;
    if (!isAllowedPipeline(this.config.RUN_HOOKS_ALLOW, pipeline)) {
      return refused('This pipeline is not allowed. Ask the operator to add it to RUN_HOOKS_ALLOW.');
    }
    if (known.originUrl === null) return refused('The package has no address that could be sent.');
    const url = new URL(pipeline);
    // What is done elsewhere cannot be undone with our transaction: that it was begun is written down first.
    const details = { pipeline: url.origin + url.pathname };
    await this.database.transaction(() =>
      this.audit.record({ actor, action: 'package.run-hooks', subject: `package:${id}`, details }),
    );
    return this.pipelines.send(url, known.originUrl);
  }
}

function refused(error: string): RunHooksDto {
  return { success: false, error };
}
