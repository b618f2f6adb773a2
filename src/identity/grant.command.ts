import { Command, CommandRunner } from 'nest-commander';
import { print } from '../platform/cli/output.js';
import { Program } from '../platform/cli/program.js';
import { Database } from '../platform/database/database.js';
import { UnknownRoleError } from './identity.errors.js';
import { isBuiltInRole } from './roles.js';
import { UsersService } from './users.service.js';

@Command({ name: 'grant', arguments: '<nickname> <role>', description: 'Grant a role to a user' })
export class GrantCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Grants the role. Throws `UnknownRoleError`, and what `UsersService.grantRole` throws. */
  async run([nickname, role]: [string, string]): Promise<void> {
    const users = await this.program.get(UsersService);
    await requireRole(this.program, role);
    await users.grantRole(this.program.operator, nickname, role);
    print(`granted ${role} to ${nickname}`);
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
