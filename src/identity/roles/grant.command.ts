import { Command, CommandRunner, Option } from 'nest-commander';
import { print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { Database } from '../../platform/database/database.js';
import { UnknownRoleError } from '../identity.errors.js';
import { ServicePermissionsService } from '../service-permissions/service-permissions.service.js';
import { UsersService } from '../users/users.service.js';
import { isBuiltInRole } from './roles.js';

interface GrantOptions {
  service?: string;
  permission?: Record<string, unknown>;
}

@Command({
  name: 'grant',
  arguments: '<nickname> [role]',
  description: 'Grant a role to a user, or have a service let him do something',
})
export class GrantCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /**
   * Grants the role, or the permissions at the service. Throws `UnknownRoleError`, and what `UsersService.grantRole` and
   * `ServicePermissionsService.grant` throw.
   */
  async run([nickname = '', role]: string[], { service, permission }: GrantOptions): Promise<void> {
    if ((role === undefined) === (service === undefined))
      this.command.error('error: name either a role, or a service by --service');
    if ((service === undefined) !== (permission === undefined))
      this.command.error('error: --service and --permission go together');
    if (role !== undefined) {
      const users = await this.program.get(UsersService);
      await requireRole(this.program, role);
      await users.grantRole(this.program.operator, nickname, role);
      print(`granted ${role} to ${nickname}`);
    } else {
      const permissions = await this.program.get(ServicePermissionsService);
      await permissions.grant(this.program.operator, nickname, service!, permission);
      print(`granted ${Object.keys(permission!).join(', ')} for ${service} to ${nickname}`);
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
    flags: '--permission <name=value...>',
    description:
      'what the service lets him do, e.g. datapackage-upload=true; the value is JSON or else a text',
  })
  parsePermission(text: string, before: Record<string, unknown> = {}): Record<string, unknown> {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined) this.command.error('error: --permission is written name=value');
    return { ...before, ...Object.fromEntries([[name, parseValue(value!)]]) };
  }
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * Throws `UnknownRoleError` unless the role is defined. The API takes roles that do not exist yet; at the command line
 * such a name is a mistyped one.
 */
export async function requireRole(program: Program, role: string): Promise<void> {
  if (isBuiltInRole(role)) return;
  const found = await (await program.get(Database)).query('select from role where name = $1', [role]);
  if (found.length === 0) throw new UnknownRoleError(role);
}
