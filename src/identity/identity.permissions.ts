import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'users.read': { about: 'See the list of users.', everyone: true },
  'users.manage': {
    about: 'Create, disable and enable users, reset their passwords, issue tokens for them.',
  },
  'roles.manage': { about: 'Define roles, see, grant and take away those of others.' },
  'tokens.manage': { about: 'Get and give back own tokens.', everyone: true },
  'profile.manage': { about: 'See the own profile, and choose a username.', everyone: true },
  'audit.read': { about: 'Read the audit log.' },
});
