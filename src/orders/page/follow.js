import { ApiError, ask, IMPORTS, send } from './api.js';
import { readEvents } from './event-stream.js';

/** @typedef {import('./types.js').ImportStatus} ImportStatus */

const POLL_MS = 2000;
/** The server says something at least every 15 s. */
const SILENCE_MS = 45_000;
const PAUSES_MS = [500, 1000, 2000, 4000];

/**
 * Follows an import to its end, and tells each status. By server-sent events; while the stream breaks again and again,
 * or where there is none, by asking every two seconds.
 * @param {string} id
 * @param {(status: ImportStatus) => void} onStatus
 * @param {AbortSignal} signal
 */
export async function followImport(id, onStatus, signal) {
  let breaks = 0;
  while (breaks < PAUSES_MS.length) {
    const outcome = await stream(id, onStatus, signal);
    if (outcome === 'ended') return;
    if (outcome === 'none') break;
    breaks = outcome === 'broken' ? breaks + 1 : 1;
    await pause(PAUSES_MS[breaks - 1] ?? POLL_MS, signal);
  }
  while (!(await look(id, onStatus, signal))) await pause(POLL_MS, signal);
}

/**
 * Reads the stream once: `ended` with the import, `none` where there is no stream, `broken` before anything came,
 * `stopped` after something had.
 * @param {string} id
 * @param {(status: ImportStatus) => void} onStatus
 * @param {AbortSignal} signal
 * @returns {Promise<'ended' | 'none' | 'broken' | 'stopped'>}
 */
async function stream(id, onStatus, signal) {
  const silence = new AbortController();
  let ended = false;
  let heard = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  try {
    listen();
    const response = await send(`${IMPORTS}/${encodeURIComponent(id)}/events`, {
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.body) return 'none';
    await readEvents(
      response.body,
      ({ type, data }) => {
        if (type !== 'progress' && type !== 'end') return;
        heard = true;
        ended ||= type === 'end';
        onStatus(/** @type {ImportStatus} */ (JSON.parse(data)));
      },
      listen,
    );
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof ApiError && error.status < 500) return 'none';
  } finally {
    clearTimeout(timer);
  }
  return ended ? 'ended' : heard ? 'stopped' : 'broken';
}

/**
 * Asks once how far the import is; whether it has ended. A server that is away for a while is asked again.
 * @param {string} id
 * @param {(status: ImportStatus) => void} onStatus
 * @param {AbortSignal} signal
 */
async function look(id, onStatus, signal) {
  try {
    const { result } = await statusOf(id, signal);
    onStatus(result);
    return hasEnded(result);
  } catch (error) {
    if (signal.aborted || (error instanceof ApiError && error.status < 500)) throw error;
    return false;
  }
}

/**
 * How far an import is.
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<import('./api.js').Answer<ImportStatus>>}
 */
export function statusOf(id, signal) {
  return ask(`${IMPORTS}/status/${encodeURIComponent(id)}`, signal ? { signal } : {});
}

/** @param {Pick<ImportStatus, 'status'>} of an import */
export function hasEnded({ status }) {
  return status === 'SUCCESS' || status === 'FAILURE';
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('left', 'AbortError'));
    });
  });
}
