/**
 * Sign-in for pages that use this server. It needs no framework and no build step:
 *
 *   import { check, login, logout, authorize } from 'https://signalbox.example.org/user/lib';
 *
 * The token is kept in the page's `localStorage`. A sign-in comes back to the page with the token in its address, as
 * parameter `jwt`; importing this module takes it out of there.
 */

/** Where the originals' library kept it, in the same form: as JSON. */
const TOKEN = 'ngStorage-jwt';
/** When this browser began a sign-in on this page. */
const BEGUN = 'signalbox-sign-in-begun';
/** As long as the server waits for one, in milliseconds. */
const SIGN_IN_MS = 600_000;

/** This file is at `user/lib` below the server's base, or at an alias of the same depth. */
const base = new URL('..', import.meta.url);

/**
 * @typedef {object} Profile
 * @property {string} id what every owner field holds
 * @property {string} idhash the same
 * @property {string | null} provider_id
 * @property {string | null} username null until it was chosen
 * @property {string | null} name
 * @property {string | null} email
 * @property {string | null} avatar_url
 * @property {string} join_date
 *
 * @typedef {Record<string, { url: string, title?: string }>} Providers by their names
 *
 * @typedef {{ authenticated: true, token: string, profile: Profile }} SignedIn
 * @typedef {{ authenticated: false, providers: Providers }} SignedOut
 *
 * @typedef {object} Authorization
 * @property {Record<string, unknown>} permissions empty for nobody
 * @property {string} [token] for the service; not there for nobody
 * @property {string} [userid]
 * @property {string} [service]
 */

takeToken();

/** The token of who is signed in, whether it still holds or not; undefined for nobody. */
export function getToken() {
  try {
    const kept = /** @type {unknown} */ (JSON.parse(localStorage.getItem(TOKEN) ?? 'null'));
    return typeof kept === 'string' && kept !== '' ? kept : undefined;
  } catch {
    return undefined; // whatever was kept there, it was not by this module
  }
}

/**
 * Asks the server who is signed in. A token that holds no longer is forgotten.
 * @param {string} [next] where a sign-in is to come back to; default: this page
 * @returns {Promise<SignedIn | SignedOut>}
 */
export async function check(next = location.href) {
  const token = getToken();
  const answer = /** @type {SignedIn | SignedOut} */ (await ask('user/check', { next }, token));
  if (answer.authenticated && token !== undefined) return { ...answer, token };
  if (token === getToken()) localStorage.removeItem(TOKEN);
  return answer;
}

/**
 * Sends the browser to a provider. It comes back to the address that `check` was told.
 * @param {string} url one of those in `providers`
 * @param {string} [target] the window, as `window.open` takes it; default: this one
 */
export function login(url, target = '_self') {
  localStorage.setItem(BEGUN, String(Date.now()));
  window.open(url, target);
}

/** Forgets the token and has the server end it, so that nobody else can use it either. */
export async function logout() {
  const token = getToken();
  localStorage.removeItem(TOKEN);
  if (token === undefined) return;
  const headers = { authorization: `Bearer ${token}` };
  const request = fetch(new URL('api/v1.0/tokens', base), { method: 'DELETE', headers, keepalive: true });
  await request.catch(() => undefined); // the page is signed out all the same
}

/**
 * What the user may do at a service, with a token for it.
 * @param {string} service e.g. `os.datastore`
 * @returns {Promise<Authorization>}
 */
export async function authorize(service) {
  return /** @type {Authorization} */ (await ask('user/authorize', { service }, getToken()));
}

/**
 * @param {string} path
 * @param {Record<string, string>} parameters
 * @param {string | undefined} token
 * @returns {Promise<unknown>}
 */
async function ask(path, parameters, token) {
  const url = new URL(path, base);
  url.search = new URLSearchParams(parameters).toString();
  const answer = await fetch(url, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}`);
  return answer.json();
}

/**
 * Takes the token out of the address of the page, so that it is in no bookmark and no history. It is kept only where a
 * sign-in was begun here: a link from somewhere else must not sign anybody in as somebody else.
 */
function takeToken() {
  const address = new URL(location.href);
  const token = address.searchParams.get('jwt');
  if (token === null) return;
  address.searchParams.delete('jwt');
  history.replaceState(history.state, '', address);
  const begun = Number(localStorage.getItem(BEGUN));
  localStorage.removeItem(BEGUN);
  if (Date.now() - begun < SIGN_IN_MS) localStorage.setItem(TOKEN, JSON.stringify(token));
}
