import { Command, CommandRunner, Option } from 'nest-commander';
import { print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { RolesService } from './roles.service.js';

interface CreateRoleOptions {
  permission: string[];
  about?: string;
}

@Command({
  name: 'createrole',
  arguments: '<name>',
  description: 'Define a role: a name for some permissions',
})
export class CreateRoleCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Defines the role. Throws what `RolesService.createRole` throws. */
  async run([name]: [string], { permission, about }: CreateRoleOptions): Promise<void> {
    const roles = await this.program.get(RolesService);
    await roles.createRole(this.program.operator, name, permission, about);
    print(`made the role ${name}: ${permission.join(', ')}`);
  }

  @Option({
    flags: '--permission <word...>',
    description: 'what it allows, e.g. orders.import',
    required: true,
  })
  parsePermission(word: string, before: string[] = []): string[] {
    return [...before, word];
  }

  @Option({ flags: '--about <text>', description: 'what it is for' })
  parseAbout(text: string): string {
    return text;
  }
}
