import { Command, CommandRunner, Option } from 'nest-commander';
import { print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { ServicePermissionsService } from '../service-permissions/service-permissions.service.js';
import { UsersService } from '../users/users.service.js';

interface RevokeOptions {
  service?: string;
  permission?: string[];
}

@Command({
  name: 'revoke',
  arguments: '<nickname> [role]',
  description: 'Take a role away from a user, or what a service lets him do',
})
export class RevokeCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /**
   * Takes it away. Throws what `UsersService.revokeRole` and `ServicePermissionsService.revoke` throw.
   */
  async run([nickname = '', role]: string[], { service, permission }: RevokeOptions): Promise<void> {
    if ((role === undefined) === (service === undefined))
      this.command.error('error: name either a role, or a service by --service');
    if (permission && service === undefined) this.command.error('error: --permission goes with --service');
    if (role !== undefined) {
      const users = await this.program.get(UsersService);
      await users.revokeRole(this.program.operator, nickname, role);
      print(`took ${role} away from ${nickname}`);
    } else {
      const permissions = await this.program.get(ServicePermissionsService);
      await permissions.revoke(this.program.operator, nickname, service!, permission);
      print(`took ${permission?.join(', ') ?? 'everything'} for ${service} away from ${nickname}`);
    }
  }

  @Option({
    flags: '--service <name>',
    description: 'the service, e.g. os.datastore; * as nickname is everybody',
  })
  parseService(name: string): string {
    return name;
  }

  @Option({
    flags: '--permission <name...>',
    description: 'only this, e.g. datapackage-upload; else all that he has there himself',
  })
  parsePermission(name: string, before: string[] = []): string[] {
    return [...before, name];
  }
}
