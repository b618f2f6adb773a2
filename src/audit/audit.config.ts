import { configSection } from '../platform/config/config-section.js';
import { integer } from '../platform/config/variables.js';

/** The audit log. */
export class AuditConfig extends configSection('Audit', {
  AUDIT_SEAL_SECONDS: integer({ min: 1, max: 86_400 })({
    default: 60,
    desc: 'seconds between the seals of the audit log; what is not sealed yet can be changed unseen',
  }),
}) {}
