import { definePermissions } from '../platform/access/permissions.js';

/** The service whose permission tokens open what belongs to packages. */
export const PACKAGES_SERVICE = 'os.datastore';

definePermissions({
  'packages.read': { about: 'See own packages, private ones too.', everyone: true },
  'packages.load': {
    about: 'Load data packages.',
    everyone: true,
    services: [PACKAGES_SERVICE],
  },
  'packages.manage': {
    about: 'Publish, withdraw, delete and describe own packages, and hand them to pipelines.',
    everyone: true,
    services: [PACKAGES_SERVICE],
  },
  'packages.manage-all': { about: 'See and manage the packages of everybody.' },
});
