import { Command, CommandRunner } from 'nest-commander';
import { print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { UsersService } from './users.service.js';

@Command({
  name: 'disableuser',
  arguments: '<nickname>',
  description: 'Let nobody use an account any more, tokens in use included',
})
export class DisableUserCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Disables the account. Throws `UserNotFoundError` and `LastAdminError`. */
  async run([nickname]: [string]): Promise<void> {
    await (await this.program.get(UsersService)).disable(this.program.operator, nickname);
    print(`disabled ${nickname}`);
  }
}
