import type { Database } from '../platform/database/database.js';

/** Holds up whoever else changes what is stored for the owner, until the end of the transaction under way. */
export async function lockOwner(database: Database, owner: string): Promise<void> {
  await database.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`datastore:${owner}`]);
}
