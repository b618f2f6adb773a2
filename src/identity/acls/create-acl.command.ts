import { Command, CommandRunner } from 'nest-commander';
import { print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { AclsService } from './acls.service.js';

@Command({
  name: 'createacl',
  arguments: '<nickname> <minions> <functions>',
  description: 'Let a user run functions on machines; both are patterns that have to fit the whole name',
})
export class CreateAclCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Makes the ACL. Throws what `AclsService.createFor` throws. */
  async run([nickname, minions, functions]: [string, string, string]): Promise<void> {
    const acls = await this.program.get(AclsService);
    const id = await acls.createFor(this.program.operator, nickname, { minions, functions });
    print(`made the ACL ${id}: ${nickname} may run ${functions} on ${minions}`);
  }
}
