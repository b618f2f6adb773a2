import { Actor } from '../platform/access/actor.js';

/** The program itself, or the operator at its command line: may everything, and no account stands behind it. */
export function systemActor(): Actor {
  return new Actor({
    id: 0,
    userid: 'system',
    nickname: 'system',
    permissions: new Set(['*']),
    credential: { kind: 'internal' },
  });
}
