import { configSection } from '../platform/config/config-section.js';
import { listOf } from '../platform/config/variables.js';

const addresses = listOf('http:// or https:// addresses, without a user name and #', (item) => {
  const url = URL.parse(item);
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash;
});

/** What packages may be handed to. */
export class PackagesConfig extends configSection('Data packages', {
  RUN_HOOKS_ALLOW: addresses({
    default: [],
    desc:
      'comma list of pipelines that packages may be handed to: complete addresses, or origins for all that is there; ' +
      'empty: none',
  }),
}) {}
