import { make } from './dom.js';
import { currentSession, userid } from './session.js';
import { say } from './texts.js';

/**
 * How somebody is called whose number the server told.
 * @param {string} owner
 */
export function ownerName(owner) {
  if (owner === 'anonymous') return say('imports.nobody');
  if (owner === userid()) return currentSession()?.nickname ?? owner;
  // The number of somebody else: its beginning tells one from another.
  return owner.length > 16 ? make('span', { title: owner }, `${owner.slice(0, 8)}…`) : owner;
}
