import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'orders.read': { about: 'Read orders, and how far own imports are.', everyone: true },
  'orders.import': { about: 'Import orders from CSV files.', everyone: true },
  'orders.rules': { about: 'Change the rules for orders, and judge the orders that are there again.' },
});
