import { Injectable } from '@nestjs/common';
import { FormData } from 'undici';
import { DomainError } from '../../platform/errors/domain-error.js';
import { OutboundClient } from '../../platform/outbound/outbound-client.js';
import type { HookPayloadDto, RunHooksDto } from './dto/run-hooks.dto.js';

/** For what a pipeline answers. */
const MAX_ANSWER_BYTES = 1024 ** 2;
/** Of an answer that says that the pipeline failed. */
const SHOWN_FAILURE = 500;

/** Pipelines elsewhere, which take the address of a package. */
@Injectable()
export class Pipelines {
  constructor(private readonly outbound: OutboundClient) {}

  /** Sends the address of a descriptor to a pipeline and returns what it answers; failures too. */
  async send(pipeline: URL, originUrl: string): Promise<RunHooksDto> {
    const payload = payloadOf(originUrl);
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
      const error = `The pipeline answered ${answer.status}: ${response.slice(0, SHOWN_FAILURE)}`;
      return { success: false, error, payload };
    } catch (error) {
      if (error instanceof DomainError) return { success: false, error: error.message, payload };
      throw error;
    }
  }
}

/** The address of the package as JSON-LD; of two descriptors of one package that of the source. */
function payloadOf(originUrl: string): HookPayloadDto {
  return {
    '@context': { '@vocab': 'http://schema.org/', url: { '@type': '@id' } },
    url: originUrl.replace('/final/datapackage.json', '/datapackage.json'),
  };
}
