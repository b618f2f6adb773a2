import { Injectable } from '@nestjs/common';
import { type ServiceCredential, ServiceGrants } from '../../identity/index.js';
import type { Actor } from '../../platform/access/actor.js';

/** The service of OpenSpending's data store, and what it calls the right to upload. */
const DATASTORE = 'os.datastore';
const MAY_UPLOAD = 'datapackage-upload';

/** Who may upload data packages, and have them loaded. */
@Injectable()
export class UploadRights {
  constructor(private readonly grants: ServiceGrants) {}

  /** Permission tokens bring what the service lets their user do; for everybody else it is looked up. */
  async has({ userid, credential }: Actor): Promise<boolean> {
    const permissions =
      credential.kind === 'service'
        ? (credential as ServiceCredential).permissions
        : (await this.grants.of(userid, DATASTORE)).permissions;
    return permissions[MAY_UPLOAD] === true;
  }
}
