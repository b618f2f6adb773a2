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
  REFRESH_TOKEN_DAYS: integer({ min: 1, max: 3650 })({
    default: 30,
    desc: 'days after a sign-in within which its tokens can be refreshed',
  }),
  CLIENT_TOKEN_SECONDS: integer({ min: 60, max: 86_400 })({
    default: 3_600,
    desc: 'life in seconds of a token that an API client gets for its secret',
  }),
  API_KEY_DAYS: integer({ min: 1, max: 3650 })({
    default: 90,
    desc: 'days that an API key is good where it does not say how long',
  }),
  API_KEY_MAX_DAYS: integer({ min: 1, max: 3650 })({
    default: 365,
    desc: 'longest life of an API key in days',
  }),
}) {}
