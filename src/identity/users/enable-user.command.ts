import { Command, CommandRunner } from 'nest-commander';
import { print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { UsersService } from './users.service.js';

@Command({
  name: 'enableuser',
  arguments: '<nickname>',
  description: 'Let a user who was disabled sign in again',
})
export class EnableUserCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Enables the account. Throws `UserNotFoundError`. */
  async run([nickname]: [string]): Promise<void> {
    await (await this.program.get(UsersService)).enable(this.program.operator, nickname);
    print(`enabled ${nickname}`);
  }
}
