import { Injectable } from '@nestjs/common';
import { FormData } from 'undici';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { OutboundClient } from '../../platform/outbound/outbound-client.js';
import { PackagesConfig } from '../packages.config.js';
import { PackageParameterMissingError } from '../packages.errors.js';
import { mayManage } from '../registry/package-access.js';
import { PackageRegistry } from '../registry/package-registry.js';
import { isAllowedPipeline } from './allowed-pipelines.js';
import type { HookPayloadDto, RunHooksDto } from './dto/run-hooks.dto.js';

/** For what a pipeline answers. */
const MAX_ANSWER_BYTES = 1024 ** 2;
/** Of an answer that says that the pipeline failed. */
const SHOWN_FAILURE = 500;

/** Hands packages to pipelines elsewhere, such as one that makes linked data of them. */
@Injectable()
export class RunHooksService {
  constructor(
    private readonly config: PackagesConfig,
    private readonly database: Database,
    private readonly registry: PackageRegistry,
    private readonly outbound: OutboundClient,
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
    const url = isAllowedPipeline(this.config.RUN_HOOKS_ALLOW, pipeline) ? new URL(pipeline) : undefined;
    if (!url) return failed('This pipeline is not allowed. Ask the operator to add it to RUN_HOOKS_ALLOW.');
    if (known.originUrl === null) return failed('The package has no address that could be sent.');
    // What is done elsewhere cannot be undone with our transaction: that it was begun is written down first.
    const details = { pipeline: url.origin + url.pathname };
    await this.database.transaction(() =>
      this.audit.record({ actor, action: 'package.run-hooks', subject: `package:${id}`, details }),
    );
    return this.send(url, payloadOf(known.originUrl));
  }

  private async send(pipeline: URL, payload: HookPayloadDto): Promise<RunHooksDto> {
    const body = new FormData();
    const json = JSON.stringify(payload);
    body.set('input', new File([json], 'package-url.jsonld', { type: 'application/json' }));
    try {
      const answer = await this.outbound.request(pipeline, {
        method: 'POST',
        audience: 'user',
        maxBytes: MAX_ANSWER_BYTES,
        maxRedirects: 0, // it is this address that is allowed
        body,
      });
      const response = await answer.text();
      if (answer.status < 300) return { success: true, response, payload };
      return failed(`The pipeline answered ${answer.status}: ${response.slice(0, SHOWN_FAILURE)}`, payload);
    } catch (error) {
      if (error instanceof DomainError) return failed(error.message, payload);
      throw error;
    }
  }
}

function failed(error: string, payload?: HookPayloadDto): RunHooksDto {
  return { success: false, error, ...(payload && { payload }) };
}

/** The address of the package as JSON-LD; of two descriptors of one package that of the source. */
function payloadOf(originUrl: string): HookPayloadDto {
  return {
    '@context': { '@vocab': 'http://schema.org/', url: { '@type': '@id' } },
    url: originUrl.replace('/final/datapackage.json', '/datapackage.json'),
  };
}
