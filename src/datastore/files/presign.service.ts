import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator } from '../../platform/access/authenticator.port.js';
import { InvalidInputError } from '../../platform/errors/domain-error.js';
import { OutboundClient } from '../../platform/outbound/outbound-client.js';
import { SignedUrls } from '../../storage/index.js';
import { PresignRefusedError, UploadTokenRefusedError, UploadUrlInvalidError } from '../datastore.errors.js';
import type { PresignedDto } from '../uploads/dto/upload.dto.js';
import { FileAccess } from './file-access.js';
import { ObjectAddresses } from './object-addresses.js';

/** Seconds for which a signed address can be read at: a day, as DataHub has it. */
const READ_SECONDS = 86_400;

/** Gives owners addresses at which their private files can be read. */
@Injectable()
export class PresignService {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly addresses: ObjectAddresses,
    private readonly access: FileAccess,
    private readonly urls: SignedUrls,
    private readonly outbound: OutboundClient,
  ) {}

  /**
   * The address itself where everybody may read it, else a signed one for its owner. An address that is not ours is
   * asked only for somebody with a token: this is no relay for everybody.
   * @throws UploadUrlInvalidError, UploadTokenRefusedError, PresignRefusedError; ForbiddenError for a credential that may
   * not read
   */
  async presign(request: FastifyRequest, ownerid: unknown, url: unknown): Promise<PresignedDto> {
    if (typeof url !== 'string' || !URL.canParse(url)) throw new UploadUrlInvalidError();
    const key = this.addresses.keyOf(url);
    if (key !== undefined && (await this.access.isPublic(key))) return { url };
    const actor = await this.authenticator.authenticate(request);
    if (typeof ownerid !== 'string' || ownerid === '') throw new UploadTokenRefusedError();
    if (actor.userid !== ownerid) throw new PresignRefusedError();
    actor.require('datastore.read');
    if (key === undefined) return this.foreign(url);
    if (!(await this.access.isReadableBy(key, actor.userid))) throw new PresignRefusedError();
    return { url: await this.urls.signGet(key, { expiresIn: READ_SECONDS }) };
  }

  private async foreign(url: string): Promise<PresignedDto> {
    const answer = await this.outbound
      .request(url, { method: 'HEAD', audience: 'user' })
      .catch((error: unknown) => {
        throw error instanceof InvalidInputError ? error : new UploadUrlInvalidError(error);
      });
    answer.body.destroy();
    if (answer.status === 403) throw new PresignRefusedError();
    return { url };
  }
}
