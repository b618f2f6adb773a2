import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'users.read': { about: 'See the list of users.', everyone: true },
  'users.manage': {
    about: 'Create, change, disable, enable and delete users, reset their passwords, issue tokens for them.',
  },
  'users.password': { about: 'Change the own password.', everyone: true },
  'roles.manage': { about: 'Define roles, see, grant and take away those of others.' },
  'permissions.read': { about: 'See which permissions there are.', everyone: true },
  'acls.manage': {
    about: 'Say who may run which functions on which machines, oneself included; see the ACLs of others.',
  },
  'tokens.manage': { about: 'Get and give back own tokens.', everyone: true },
  'audit.read': { about: 'Read the audit log.' },
});
