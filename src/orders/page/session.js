const KEPT = 'orders.session';

/**
 * Who is signed in. It is kept for this tab only, and ends with it.
 * @typedef {{ token: string, nickname: string }} Session
 */

/** Tells of a sign-in (`in`), a sign-out (`out`) and of a token that the server takes no longer (`ended`). */
export const sessionChanges = new EventTarget();

/** @type {Session | undefined} */
let session = restore();

/** The session; undefined for nobody. */
export function currentSession() {
  return session;
}

/** @param {Session} begun */
export function beginSession(begun) {
  session = begun;
  sessionStorage.setItem(KEPT, JSON.stringify(begun));
  sessionChanges.dispatchEvent(new Event('in'));
}

/** @param {'out' | 'ended'} why */
export function endSession(why) {
  if (!session) return;
  session = undefined;
  sessionStorage.removeItem(KEPT);
  sessionChanges.dispatchEvent(new Event(why));
}

/** The identity that the server knows the user by: the subject of the token. */
export function userid() {
  try {
    const payload = session?.token.split('.')[1] ?? '';
    const claims = /** @type {{ sub?: string }} */ (
      JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    );
    return claims.sub;
  } catch {
    return undefined;
  }
}

/** @returns {Session | undefined} */
function restore() {
  try {
    return /** @type {Session | null} */ (JSON.parse(sessionStorage.getItem(KEPT) ?? 'null')) ?? undefined;
  } catch {
    return undefined; // whatever was kept there, it was not by this page
  }
}
