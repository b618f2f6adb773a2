import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpConfig } from '../platform/config/platform.config.js';
import { SecretCheck } from '../platform/crypto/secret-check.js';
import { Database } from '../platform/database/database.js';
import { PROCESS_ROLE, type ProcessRole } from '../platform/process/process-role.js';
import { IdentityConfig } from './identity.config.js';
import { ADMIN_ROLE } from './roles/roles.js';
import { UserRole } from './roles/user-role.entity.js';
import { systemActor } from './system-actor.js';
import { User } from './users/user.entity.js';
import { UsersService } from './users/users.service.js';

const ADMIN = 'admin';

/** Makes the first account of an installation. */
@Injectable()
export class IdentityBootstrap implements OnApplicationBootstrap {
  private readonly logger = new Logger('Identity');

  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly config: IdentityConfig,
    private readonly http: HttpConfig,
    private readonly secretCheck: SecretCheck,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.role !== 'api') return;
    await this.secretCheck.pass();
    await this.ensureAdmin();
  }

  /**
   * Makes the user `admin` where nobody administers: at the first start, also when the CLI made users before it. Of
   * processes that start together one does.
   */
  async ensureAdmin(): Promise<void> {
    if (await this.hasAdmin()) return;
    const given = this.config.SIGNALBOX_ADMIN_PASSWORD;
    const password = await this.database.transaction(async () => {
      await this.database.query(`select pg_advisory_xact_lock(hashtext('identity.bootstrap'))`);
      if (await this.hasAdmin()) return undefined;
      const made = await this.users.createUser(systemActor(), ADMIN, {
        roles: [ADMIN_ROLE],
        ...(given !== undefined && { password: given }),
      });
      return made.password;
    });
    if (password === undefined) return;
    if (given === undefined) this.show(password);
    else this.logger.log(`made the user ${ADMIN} with the password from SIGNALBOX_ADMIN_PASSWORD`);
  }

  private async hasAdmin(): Promise<boolean> {
    const em = this.database.reader();
    return (
      (await em.count(UserRole, { name: ADMIN_ROLE })) > 0 || (await em.count(User, { nickname: ADMIN })) > 0
    );
  }

  /** Past the logger on purpose: log files are kept and read by others. */
  private show(password: string): void {
    const { PUBLIC_URL, HOST, PORT } = this.http;
    const url = PUBLIC_URL ?? `http://${HOST}:${PORT}`;
    process.stdout.write(
      `\nThe first user is ${ADMIN}, password ${password}\n` +
        'This is shown only once. Get a token with\n' +
        `  curl -X POST -u '${ADMIN}:${password}' ${url}/api/v1.0/tokens\n` +
        `or try everything at ${url}/apidocs\n\n`,
    );
  }
}
