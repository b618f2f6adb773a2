import { configSection } from '../platform/config/config-section.js';
import { integer, secret } from '../platform/config/variables.js';

/** Accounts and tokens. */
export class IdentityConfig extends configSection('Identity', {
  SIGNALBOX_ADMIN_PASSWORD: secret(8)({
    default: undefined,
    desc: 'password of the first user "admin", 8 characters or more; unset: random, printed once at the first start',
  }),
  TOKEN_MAX_SECONDS: integer({ min: 60, max: 10 * 365 * 86_400 })({
    default: 30 * 86_400,
    desc: 'longest life of a token in seconds',
  }),
}) {}
