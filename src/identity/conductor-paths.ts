import { Injectable } from '@nestjs/common';
import { RequestCredentials } from './request-credentials.js';

/** Has the paths on which Conductor and DataHub manage users take credentials in their way: `Auth-Token` and `jwt`. */
@Injectable()
export class ConductorPaths {
  constructor(credentials: RequestCredentials) {
    credentials.register(
      { prefix: '/user' },
      { prefix: '/auth' },
      { prefix: '/oauth' },
      { prefix: '/permit' },
    );
  }
}
