import { ApiError, ask, download, IMPORTS } from './api.js';
import { announce, badge, byId, make, toggle } from './dom.js';
import { followImport, hasEnded } from './follow.js';
import { complain, excuse } from './notice.js';
import { Pager } from './pager.js';
import { statusBadge } from './status.js';
import { fillTable } from './table.js';
import { formatNumber, known, say } from './texts.js';

/** @typedef {import('./types.js').ImportStatus} ImportStatus */
/** @typedef {import('./types.js').RejectedLine} RejectedLine */

const ROWS = 20;
/** What the server says if it does not know the headings of the file. */
const HEADER_INVALID = 'ORDER_HEADER_INVALID';
const COUNTS = /** @type {const} */ ([
  'read',
  'imported',
  'renumbered',
  'updated',
  'valid',
  'invalid',
  'duplicate',
  'rejected',
]);

/**
 * One import: how far it is, what it did, the lines that it rejected.
 * @returns {import('./main.js').View}
 */
export function importView() {
  const table = byId('rejected', HTMLTableElement);
  const cancel = byId('import-cancel', HTMLButtonElement);
  const resume = byId('import-resume', HTMLButtonElement);
  const mend = byId('import-mend', HTMLButtonElement);
  const headings = byId('import-headings', HTMLElement);
  /** @type {Pager<RejectedLine>} */
  const rejected = new Pager(byId('rejected-pages', HTMLElement), drawRejected);
  let id = '';
  let following = new AbortController();
  let listed = 0; // how many rejected lines the import had when the page of them was loaded
  let shownRows = 0;
  let said = '';

  cancel.addEventListener('click', () => void command('DELETE', '').catch(excuse));
  resume.addEventListener('click', () => void command('POST', '/resume').then(follow, excuse));
  mend.addEventListener('click', () => {
    void download(`${pathOf(id)}/errors?format=csv`, 'rejected.csv').catch(excuse);
  });

  /**
   * @param {'DELETE' | 'POST'} method
   * @param {string} what
   */
  async function command(method, what) {
    const button = method === 'DELETE' ? cancel : resume;
    button.disabled = true;
    try {
      await ask(pathOf(id) + what, { method });
      if (method === 'DELETE') cancel.textContent = say('import.cancelling');
    } catch (error) {
      button.disabled = false;
      throw error;
    }
  }

  function follow() {
    following.abort();
    following = new AbortController();
    const { signal } = following;
    cancel.textContent = say('import.cancel');
    followImport(id, (status) => signal.aborted || draw(status), signal).catch((error) => {
      if (error instanceof ApiError && error.status === 404) missing();
      else complain(error);
    });
  }

  /** @param {ImportStatus} status */
  function draw(status) {
    const ended = hasEnded(status);
    const percent = status.status === 'SUCCESS' ? 100 : status.percent;
    byId('import-name', HTMLElement).textContent = status.file_name ?? say('import.title');
    byId('import-badges', HTMLElement).replaceChildren(
      statusBadge(status.status),
      ...(status.dry_run ? [badge('plain', say('import.dryRun'))] : []),
      ...policy(status),
    );
    byId('import-message', HTMLElement).textContent = status.message;
    byId('import-bar', HTMLProgressElement).value = percent;
    byId('import-percent', HTMLElement).textContent = `${formatNumber(percent)} %`;
    byId('import-counts', HTMLElement).replaceChildren(
      ...COUNTS.flatMap((name) => count(name, status[name])),
    );
    toggle(byId('import-body', HTMLElement), true);
    toggle(cancel, !ended);
    if (ended || status.status === 'PENDING') cancel.disabled = false;
    resume.disabled = false;
    const isHeaderUnknown = status.error_code === HEADER_INVALID;
    toggle(resume, status.status === 'FAILURE' && !isHeaderUnknown); // it would fail in the same way
    toggle(headings, isHeaderUnknown);
    headings.querySelector('a')?.setAttribute('href', `#import/${encodeURIComponent(id)}`);
    toggle(mend, status.rejected > 0);
    tell(status, percent);
    if (status.rejected !== listed && (ended || shownRows < ROWS)) list(status.rejected);
  }

  /** @param {number} count */
  function list(count) {
    const first = listed === 0;
    listed = count;
    const loading = first ? rejected.start(`${pathOf(id)}/errors?limit=${ROWS}`) : rejected.reload();
    loading.catch(complain);
  }

  /** @param {RejectedLine[]} lines */
  function drawRejected(lines) {
    shownRows = lines.length;
    fillTable(
      table,
      [
        { title: 'rejected.line', kind: 'number', cell: ({ line }) => formatNumber(line) },
        { title: 'rejected.column', cell: ({ column }) => column ?? '–' },
        { title: 'rejected.value', cell: ({ value }) => (value === null ? '–' : make('code', {}, value)) },
        { title: 'rejected.message', cell: ({ message }) => message },
      ],
      lines,
    );
    toggle(table, lines.length > 0);
    toggle(byId('rejected-none', HTMLElement), lines.length === 0);
  }

  /**
   * Reads out each tenth and each new state, not every step.
   * @param {ImportStatus} status
   * @param {number} percent
   */
  function tell({ status, message }, percent) {
    const state = say(`status.${status}`);
    const text =
      status === 'PROGRESS' ? say('import.said', { state, percent: percent - (percent % 10) }) : message;
    if (text !== said) announce(text);
    said = text;
  }

  function missing() {
    byId('import-name', HTMLElement).textContent = say('import.title');
    byId('import-message', HTMLElement).textContent = say('import.missing');
  }

  return {
    section: byId('view-one-import', HTMLElement),
    title: 'import.title',
    show(argument) {
      id = argument;
      listed = 0;
      said = '';
      byId('import-name', HTMLElement).textContent = say('import.title');
      byId('import-message', HTMLElement).textContent = say('app.loading');
      byId('import-badges', HTMLElement).replaceChildren();
      byId('rejected-pages', HTMLElement).replaceChildren();
      toggle(byId('import-body', HTMLElement), false);
      for (const part of [headings, cancel, resume, mend]) toggle(part, false);
      drawRejected([]);
      follow();
    },
    leave() {
      following.abort();
      rejected.stop();
    },
  };
}

/** @param {string} id */
function pathOf(id) {
  return `${IMPORTS}/${encodeURIComponent(id)}`;
}

/** @param {ImportStatus} status */
function policy({ on_duplicate: policyName }) {
  const key = `upload.${policyName}`;
  if (policyName === undefined || !known(key)) return [];
  return [badge('plain', say('import.onDuplicate', { what: say(key).toLowerCase() }))];
}

/**
 * @param {(typeof COUNTS)[number]} name
 * @param {number | undefined} number undefined where the server does not count that
 */
function count(name, number) {
  if (number === undefined || (number === 0 && name === 'renumbered')) return [];
  const title = make('dt', {}, say(`count.${name}`));
  return [
    make(
      'div',
      { class: `count ${name}${number > 0 ? ' some' : ''}` },
      title,
      make('dd', {}, formatNumber(number)),
    ),
  ];
}
