import { endProviderSession } from './provider-sign-in.js';
import { currentSession, endSession } from './session.js';
import { language, say } from './texts.js';

/** Where orders are. */
export const ORDERS = '/acme_orders/api/v1/orders';
/** Where they are imported. */
export const IMPORTS = `${ORDERS}/import`;
const TOKENS = '/api/v1.0/tokens';
/** A working day, in seconds. */
const SESSION_SECONDS = 8 * 3600;

/** The server refused something; the message is its own, in the language of the page. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @template Result
 * @typedef {{ result: Result, message: string, next: string | undefined }} Answer what the envelope held, and the
 * address of the next page
 */

/**
 * Asks the server; throws `ApiError` unless it agrees.
 * @template Result
 * @param {string} path
 * @param {{ method?: string, signal?: AbortSignal }} [options]
 * @returns {Promise<Answer<Result>>}
 */
export async function ask(path, options = {}) {
  const response = await send(path, options);
  const { result, message } = /** @type {{ result: Result, message: string }} */ (await response.json());
  const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { result, message, next };
}

/**
 * Sends a request with what identifies the user; throws `ApiError` unless it succeeds.
 * @param {string} path
 * @param {{ method?: string, signal?: AbortSignal }} [options]
 */
export async function send(path, options = {}) {
  const response = await fetch(path, { ...options, headers: commonHeaders(), cache: 'no-store' });
  if (!response.ok) throw await refusal(response.status, await response.text());
  return response;
}

/** Headers of every request: who asks, and in which language the answer is to be. */
export function commonHeaders() {
  const session = currentSession();
  return {
    'Accept-Language': language(),
    ...(session && { Authorization: `Bearer ${session.token}` }),
  };
}

/**
 * What a refusal says. One for lack of credentials ends the session.
 * @param {number} status
 * @param {string} body
 */
export async function refusal(status, body) {
  if (status === 401) endSession('ended');
  return new ApiError(status, messageOf(body) || `${say('app.notOffered')} (${status})`);
}

/**
 * Gets a token for a nickname and a password.
 * @param {string} nickname
 * @param {string} password
 * @returns {Promise<string>}
 */
export async function signIn(nickname, password) {
  const pair = new TextEncoder().encode(`${nickname}:${password}`);
  const response = await fetch(`${TOKENS}?expiration=${SESSION_SECONDS}`, {
    method: 'POST',
    headers: {
      'Accept-Language': language(),
      Authorization: `Basic ${btoa(String.fromCharCode(...pair))}`,
    },
  });
  const body = await response.text();
  if (!response.ok) throw new ApiError(response.status, messageOf(body));
  return /** @type {{ token: string }} */ (JSON.parse(body)).token;
}

/** Gives the token back, so that nobody can use it any more, and ends the session whether or not that succeeds. */
export async function signOut() {
  const headers = commonHeaders();
  const token = currentSession()?.token ?? '';
  endSession('out');
  if (await endProviderSession(token)) return;
  await fetch(TOKENS, { method: 'DELETE', headers }).catch(() => undefined);
}

/**
 * Fetches a file and hands it to the browser to be saved. A plain link would come without the token.
 * @param {string} path
 * @param {string} name for a file that the server gives no name
 */
export async function download(path, name) {
  const response = await send(path);
  const named = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = named ?? name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** @param {string} body */
function messageOf(body) {
  try {
    const { message } = /** @type {{ message?: unknown }} */ (JSON.parse(body));
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}
