import { configSection } from '../../platform/config/config-section.js';
import { integer, url } from '../../platform/config/variables.js';

/** Permission tokens, and the keys that tokens are signed with. */
export class SigningConfig extends configSection('Permission tokens and signing keys', {
  PERMISSION_TOKEN_SECONDS: integer({ min: 60, max: 86_400 })({
    default: 3_600,
    desc: 'life of a permission token in seconds',
  }),
  SIGNING_KEY_DAYS: integer({ max: 3_650 })({
    default: 90,
    desc: 'days after which a new key takes over the signing of tokens; 0: only by `rotate-keys`',
  }),
  SIGNING_KEY_LEAD_SECONDS: integer({ max: 30 * 86_400 })({
    default: 3_600,
    desc: 'seconds for which a new key is published before it signs',
  }),
  AUTH_SERVER: url(
    'http',
    'https',
  )({
    default: undefined,
    desc: 'URL of another Conductor whose permission tokens are good here too; unset: only our own are',
  }),
}) {}
