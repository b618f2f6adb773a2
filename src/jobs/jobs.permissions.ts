import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'jobs.read': { about: 'See own jobs and how far they are.', everyone: true },
  'jobs.manage': { about: 'Cancel own jobs and run them again.', everyone: true },
  'jobs.all': { about: "See, cancel and repeat everybody's jobs." },
});
