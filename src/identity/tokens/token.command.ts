import { Command, CommandRunner, Option } from 'nest-commander';
import { print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { UsersService } from '../users/users.service.js';

/** As `POST /api/v1.0/tokens`. */
const DEFAULT_SECONDS = '600';

@Command({
  name: 'token',
  arguments: '<nickname>',
  description: 'Print a token for a user, without his password',
})
export class TokenCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints the token and nothing else. Throws `UserNotFoundError` and `TokenLifetimeError`. */
  async run([nickname]: [string], { expiration }: { expiration: string }): Promise<void> {
    const users = await this.program.get(UsersService);
    print(await users.issueToken(this.program.operator, nickname, Number(expiration)));
  }

  @Option({
    flags: '--expiration <seconds>',
    description: 'how long it is good',
    defaultValue: DEFAULT_SECONDS,
  })
  parseExpiration(seconds: string): string {
    return seconds;
  }
}
