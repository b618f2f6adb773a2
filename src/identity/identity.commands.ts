import { CreateAclCommand } from './acls/create-acl.command.js';
import { CreateClientCommand } from './clients/create-client.command.js';
import { ResetUserCommand } from './passwords/reset-user.command.js';
import { CreateRoleCommand } from './roles/create-role.command.js';
import { GrantCommand } from './roles/grant.command.js';
import { RevokeCommand } from './roles/revoke.command.js';
import { PermissionsCommand } from './service-permissions/permissions.command.js';
import { RotateKeysCommand } from './signing-keys/rotate-keys.command.js';
import { TokenCommand } from './tokens/token.command.js';
import { CreateUserCommand } from './users/create-user.command.js';
import { DisableUserCommand } from './users/disable-user.command.js';
import { EnableUserCommand } from './users/enable-user.command.js';

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
  PermissionsCommand,
  TokenCommand,
  RotateKeysCommand,
];
