import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'users.read': { about: 'See the list of users.', everyone: true },
  'users.manage': {
    about: 'Create, disable and enable users, reset their passwords, issue tokens for them.',
  },
  'roles.manage': { about: 'Define roles, see, grant and take away those of others.' },
  'tokens.manage': { about: 'Get and give back own tokens.', everyone: true },
  'api-keys.manage': { about: 'Make, see and delete own API keys.', everyone: true },
  'clients.read': { about: 'See own API clients.', everyone: true, clients: true },
  'clients.manage': { about: 'Make, change and delete own API clients.', everyone: true },
  'clients.manage-all': { about: 'See, change and delete the API clients of everybody.' },
  'audit.read': { about: 'Read the audit log.' },
});
