export { DatastoreModule } from './datastore.module.js';
