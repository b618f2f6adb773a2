import { Command, CommandRunner, Option } from 'nest-commander';
import { note, print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { PublicUrl } from '../../platform/http/public-url.js';
import { IdentityConfig } from '../identity.config.js';
import { requireRole } from '../roles/grant.command.js';
import { UsersService } from './users.service.js';

/** How long the first token of an account is good. */
const TOKEN_SECONDS = 600;

interface CreateUserOptions {
  email?: string;
  role?: string[];
}

@Command({
  name: 'createuser',
  arguments: '<nickname>',
  description: 'Make a user; prints his password, which is shown only once, and a token',
})
export class CreateUserCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Makes the account. Throws what `UsersService.createUser` throws, and `UnknownRoleError` before anything is made. */
  async run([nickname]: [string], { email, role: roles = [] }: CreateUserOptions): Promise<void> {
    const users = await this.program.get(UsersService);
    for (const role of roles) await requireRole(this.program, role);
    const { user, password } = await users.createUser(this.program.operator, nickname, {
      ...(email !== undefined && { email }),
      roles,
    });
    print(`nickname: ${user.nickname}`, `password: ${password}`);
    const seconds = Math.min(TOKEN_SECONDS, (await this.program.get(IdentityConfig)).TOKEN_MAX_SECONDS);
    const token = await users.issueToken(this.program.operator, user.nickname, seconds);
    print(`token: ${token}`);
    const url = await this.program.get(PublicUrl);
    note(
      '',
      `The password is shown only this once; the token is good for ${seconds} s. While the server runs, try`,
      `  curl -H 'Authorization: Bearer ${token}' ${url.to('/api/v1.0/users')}`,
      'or get another token, with the password:',
      `  curl -X POST -u ${quoted(user.nickname)} ${url.to('/api/v1.0/tokens')}`,
      `or see everything at ${url.to('/apidocs')}`,
    );
  }

  @Option({ flags: '--email <address>', description: 'his e-mail address' })
  parseEmail(address: string): string {
    return address;
  }

  @Option({ flags: '--role <name...>', description: 'roles that he gets besides the one everybody has' })
  parseRole(name: string, before: string[] = []): string[] {
    return [...before, name];
  }
}

/** A word as a shell takes it literally. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
