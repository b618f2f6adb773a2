import { CreateAclCommand } from './create-acl.command.js';
import { CreateClientCommand } from './create-client.command.js';
import { CreateRoleCommand } from './create-role.command.js';
import { CreateUserCommand } from './create-user.command.js';
import { DisableUserCommand } from './disable-user.command.js';
import { EnableUserCommand } from './enable-user.command.js';
import { GrantCommand } from './grant.command.js';
import { ResetUserCommand } from './reset-user.command.js';
import { RevokeCommand } from './revoke.command.js';
import { RotateKeysCommand } from './rotate-keys.command.js';
import { TokenCommand } from './token.command.js';

/** The commands about accounts, for the CLI. */
export const IDENTITY_COMMANDS = [
  CreateUserCommand,
  CreateClientCommand,
  ResetUserCommand,
  DisableUserCommand,
  EnableUserCommand,
  CreateAclCommand,
  CreateRoleCommand,
  GrantCommand,
  RevokeCommand,
  TokenCommand,
  RotateKeysCommand,
];
