import { ApiError } from './api.js';
import { byId, toggle } from './dom.js';
import { say } from './texts.js';

const SHOWN_MS = 8000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Shows a message at the foot of the page, for a while.
 * @param {string} text
 */
export function notice(text) {
  byId('notice-text', HTMLElement).textContent = text;
  byId('notice', HTMLElement).classList.remove('error');
  toggle(byId('notice', HTMLElement), true);
  clearTimeout(timer);
  timer = setTimeout(hideNotice, SHOWN_MS);
}

/**
 * Shows what went wrong until it is closed. That the session has ended is said where one signs in, and that somebody
 * left a view while it was loading is nothing to be told of.
 * @param {unknown} error
 */
export function complain(error) {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  if (error instanceof ApiError && error.status === 401) return;
  notice(error instanceof ApiError ? error.message : say('app.offline'));
  byId('notice', HTMLElement).classList.add('error');
  clearTimeout(timer);
}

/**
 * Tells of a failure as `complain` does, but calmly where the server just does not have what was asked for.
 * @param {unknown} error
 */
export function excuse(error) {
  if (error instanceof ApiError && [404, 405].includes(error.status)) notice(say('app.notOffered'));
  else complain(error);
}

/** Takes away what went wrong in a view that is left. */
export function hideFault() {
  if (byId('notice', HTMLElement).classList.contains('error')) hideNotice();
}

/** Takes the message away. */
export function hideNotice() {
  clearTimeout(timer);
  toggle(byId('notice', HTMLElement), false);
}
