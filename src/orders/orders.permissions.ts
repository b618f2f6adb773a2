import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'orders.read': { about: 'Read orders, and how far own imports are', everyone: true },
  'orders.import': { about: 'Import orders from CSV files', everyone: true },
});
