import { beginSession, currentSession } from './session.js';

/**
 * The server's own module for signing in with a provider. It takes the token of who comes back out of the address, and
 * keeps it for this browser.
 * @typedef {typeof import('../../identity/sign-in/page/sign-in.js')} Library
 */
const ADDRESS = '/user/lib';

/** @type {Promise<Library>} */
const library = import(ADDRESS);

/** Begins the session of who has signed in with a provider, if somebody has in this browser. */
export async function resumeSession() {
  const { check, getToken } = await library;
  if (currentSession() || getToken() === undefined) return;
  const answer = await check();
  if (!answer.authenticated) return;
  const { username, name, email, id } = answer.profile;
  beginSession({ token: answer.token, nickname: username ?? name ?? email ?? id });
}

/**
 * The providers that one can sign in with; the browser comes back to this page.
 * @returns {Promise<{ title: string, begin: () => void }[]>}
 */
export async function signInProviders() {
  const { check, login } = await library;
  const answer = await check();
  const links = answer.authenticated ? [] : Object.values(answer.providers);
  // One without a title is the `google` that clients of the originals ask for, whether it is configured or not.
  return links.flatMap(({ url, title }) => (title === undefined ? [] : { title, begin: () => login(url) }));
}

/**
 * Ends a token: one that a provider gave is forgotten by the browser too.
 * @param {string} token
 * @returns {Promise<boolean>} whether it was such a one
 */
export async function endProviderSession(token) {
  const { getToken, logout } = await library;
  if (getToken() !== token) return false;
  await logout();
  return true;
}
