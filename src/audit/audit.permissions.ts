import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'audit.read': { about: 'Read the audit log.' },
});
