import { badge } from './dom.js';
import { say } from './texts.js';

const KINDS = /** @type {const} */ ({ PENDING: 'plain', PROGRESS: 'busy', SUCCESS: 'good', FAILURE: 'bad' });

/**
 * The state of an import as a coloured word.
 * @param {import('./types.js').Status} status
 */
export function statusBadge(status) {
  return badge(KINDS[status], say(`status.${status}`));
}
