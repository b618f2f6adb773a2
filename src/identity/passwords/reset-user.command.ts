import { Command, CommandRunner } from 'nest-commander';
import { note, print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { UsersService } from '../users/users.service.js';

@Command({
  name: 'resetuser',
  arguments: '<nickname>',
  description: 'Give a user a new password, which is shown only once, and end all his tokens',
})
export class ResetUserCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints the new password. Throws `UserNotFoundError`. */
  async run([nickname]: [string]): Promise<void> {
    const users = await this.program.get(UsersService);
    print(`password: ${await users.resetPassword(this.program.operator, nickname)}`);
    note('The former password and every token of this user have ended.');
  }
}
