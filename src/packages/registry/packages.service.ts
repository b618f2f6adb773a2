import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import {
  PackageParameterMissingError,
  PackageParamsError,
  PackageParamsTooLargeError,
  PublishValueError,
} from '../packages.errors.js';
import type { PublishedDto, SuccessDto } from './dto/package.dto.js';
import { mayManage } from './package-access.js';
import { PackageContents } from './package-contents.js';
import { PackageRegistry } from './package-registry.js';

const PUBLISH_VALUES = new Map([
  ['true', false],
  ['false', true],
  ['toggle', undefined],
]);
const MAX_PARAMS_BYTES = 64 * 1024;

/**
 * What owners do with their packages. Where clients of the Conductor expect so, a refusal is an answer: `null`, or
 * `success: false`. A package of somebody else is spoken of as if it had never been.
 */
@Injectable()
export class PackagesService {
  constructor(
    private readonly database: Database,
    private readonly registry: PackageRegistry,
    private readonly contents: PackageContents,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Publishes a package, or withdraws it.
   * @param wanted `true`, `false` or `toggle`, in any case; throws `PublishValueError` otherwise
   */
  publish(actor: Actor, id: string | undefined, wanted: string | undefined): Promise<PublishedDto> {
    actor.require('packages.manage');
    const value = wanted?.toLowerCase() ?? '';
    if (!PUBLISH_VALUES.has(value)) throw new PublishValueError();
    return this.database.transaction(async () => {
      const result = mayManage(actor, id)
        ? await this.registry.setPrivate(id, PUBLISH_VALUES.get(value))
        : undefined;
      if (!result) return { success: false, error: `Failed to locate package ${(id ?? '').slice(0, 500)}` };
      const published = !result.private;
      if (result.changed) {
        await this.contents.setPublic(id!, published);
        const action = published ? 'package.publish' : 'package.withdraw';
        await this.audit.record({ actor, action, subject: `package:${id}` });
      }
      return { success: true, published };
    });
  }

  /** Deletes a package with its rows and the files that are kept here; null where it is not the actor's to delete. */
  async remove(actor: Actor | undefined, id: string | undefined): Promise<SuccessDto | null> {
    if (id === undefined) throw new PackageParameterMissingError('id');
    if (!actor || !mayManage(actor, id)) return null;
    return this.database.transaction(async () => {
      const success = await this.contents.remove(id);
      if (success) await this.audit.record({ actor, action: 'package.delete', subject: `package:${id}` });
      return { success };
    });
  }

  /**
   * Sets what a viewer begins with when it shows a package: the whole body, whose `params` must be a text. Null where
   * there is no such package, or it is not the actor's.
   */
  async updateParams(
    actor: Actor | undefined,
    id: string | undefined,
    body: unknown,
  ): Promise<SuccessDto | null> {
    if (id === undefined) throw new PackageParameterMissingError('id');
    const params = paramsOf(body);
    if (!actor || !mayManage(actor, id)) return null;
    return this.database.transaction(async () => {
      if (!(await this.registry.setDefaultParams(id, params))) return null;
      await this.audit.record({ actor, action: 'package.change-params', subject: `package:${id}` });
      return { success: true };
    });
  }
}

/** What is to be kept of the body. Everybody will read it, so a token that came in it is left out. */
function paramsOf(body: unknown): object {
  const { jwt: _, ...params } = Object(body) as Record<string, unknown>;
  const text = params['params'];
  if (typeof text !== 'string') throw new PackageParamsError();
  if (Buffer.byteLength(JSON.stringify(params)) > MAX_PARAMS_BYTES) {
    throw new PackageParamsTooLargeError(MAX_PARAMS_BYTES);
  }
  return params;
}
