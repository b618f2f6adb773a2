import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'users.read': { about: 'See the list of users.', everyone: true },
  'users.manage': {
    about: 'Create, change, disable, enable and delete users, reset their passwords, issue tokens for them.',
  },
  'users.password': { about: 'Change the own password.', everyone: true },
  'roles.manage': { about: 'Define roles, see, grant and take away those of others.' },
  'acls.manage': {
    about: 'Say who may run which functions on which machines, oneself included; see the ACLs of others.',
  },
  'tokens.manage': { about: 'Get and give back own tokens.', everyone: true },
  'permissions.read': {
    about: 'See which permissions and plans there are, and what services let oneself and everybody do.',
    everyone: true,
  },
  'permissions.manage': { about: 'Decide what services let users do, define plans and give them to users.' },
  'keys.rotate': { about: 'Replace the keys that tokens are signed with.' },
  'api-keys.manage': { about: 'Make, see and delete own API keys.', everyone: true },
  'clients.read': { about: 'See own API clients.', everyone: true, clients: true },
  'clients.manage': { about: 'Make, change and delete own API clients.', everyone: true },
  'clients.manage-all': { about: 'See, change and delete the API clients of everybody.' },
  'profile.manage': { about: 'See the own profile, and choose a username.', everyone: true },
});
