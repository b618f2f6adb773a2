import { Injectable } from '@nestjs/common';
import { RequestCredentials } from './request-credentials.js';

/** Has paths of Conductor and DataHub take credentials in their way: `Auth-Token`, `jwt`, and `oscli`'s `API-Key`. */
@Injectable()
export class ConductorPaths {
  constructor(credentials: RequestCredentials) {
    credentials.register(
      { prefix: '/user' },
      { prefix: '/auth' },
      { prefix: '/oauth' },
      { prefix: '/permit' },
      { prefix: '/datastore', apiKeyHeader: true },
    );
  }
}
