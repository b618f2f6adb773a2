import { commonHeaders, IMPORTS, refusal } from './api.js';

/**
 * Uploads a file and returns the id of its import, and whether that is one there was; throws `ApiError` where it is refused. `fetch` cannot tell how much
 * has been sent, the older way can.
 * @param {File} file
 * @param {{ dryRun: boolean, onDuplicate: string, map: string, again: boolean }} options `map`: what its
 * headings mean, empty where they are ours; `again`: even if it was the last one
 * @param {(sent: number) => void} onProgress told the share that has been sent, 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<{ id: string, isKnown: boolean }>}
 */
export function sendFile(file, { dryRun, onDuplicate, map, again }, onProgress, signal) {
  const query = new URLSearchParams({
    on_duplicate: onDuplicate,
    ...(dryRun && { dry_run: 'true' }),
    ...(map && { map }),
    ...(again && { again: 'true' }),
  });
  const form = new FormData();
  form.append('csv_file', file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `${IMPORTS}?${query}`);
    for (const [name, value] of Object.entries(commonHeaders())) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const id = request.getResponseHeader('Location')?.split(/[/=]/).at(-1);
      const isKnown = request.getResponseHeader('Idempotent-Replayed') === 'true';
      if (request.status === 200 && id) resolve({ id, isKnown });
      else refusal(request.status, request.responseText).then(reject, reject);
    };
    request.onerror = () => reject(new TypeError('the connection broke'));
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
