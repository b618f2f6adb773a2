import { CreateClientCommand } from './create-client.command.js';
import { CreateRoleCommand } from './create-role.command.js';
import { CreateUserCommand } from './create-user.command.js';
import { GrantCommand } from './grant.command.js';
import { ResetUserCommand } from './reset-user.command.js';
import { TokenCommand } from './token.command.js';

/** The commands about accounts, for the CLI. */
export const IDENTITY_COMMANDS = [
  CreateUserCommand,
  CreateClientCommand,
  ResetUserCommand,
  CreateRoleCommand,
  GrantCommand,
  TokenCommand,
];
