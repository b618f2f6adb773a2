// The commands are not here: whoever imports the module must not load the CLI's library too (it breaks under jest).
// `src/cli.ts` takes them from `audit.command.js`.
export { AuditModule } from './audit.module.js';
export { AuditEntry } from './audit-entry.entity.js';
export { AuditLog } from './audit-log.js';
export type { AuditRecord } from '../platform/access/audit-trail.port.js';
