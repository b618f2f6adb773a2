import { ApiError, IMPORTS } from './api.js';
import { badge, byId, make, toggle } from './dom.js';
import { hasEnded } from './follow.js';
import { complain } from './notice.js';
import { Pager } from './pager.js';
import { ownerName } from './owner.js';
import { statusBadge } from './status.js';
import { fillTable } from './table.js';
import { formatNumber, formatSize, formatTime, say } from './texts.js';

/** @typedef {import('./types.js').PastImport} PastImport */

const ROWS = 20;
const LOOK_MS = 3000;
const COUNTS = /** @type {const} */ ([
  'read',
  'imported',
  'updated',
  'valid',
  'invalid',
  'duplicate',
  'rejected',
]);

/**
 * The imports so far.
 * @returns {import('./main.js').View}
 */
export function importsView() {
  const table = byId('imports', HTMLTableElement);
  const none = byId('imports-none', HTMLElement);
  /** @type {Pager<PastImport>} */
  const pager = new Pager(byId('imports-pages', HTMLElement), draw);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {PastImport[]} imports */
  function draw(imports) {
    fillTable(
      table,
      [
        { title: 'imports.file', kind: 'main', cell: fileCell },
        { title: 'imports.status', cell: stateCell },
        { title: 'imports.owner', cell: ({ owner }) => ownerName(owner) },
        { title: 'imports.created', kind: 'short', cell: ({ created_at: at }) => formatTime(at) },
        { title: 'imports.lines', cell: countsCell },
      ],
      imports,
    );
    toggle(table, imports.length > 0);
    none.textContent = imports.length > 0 ? '' : say('imports.none');
    clearTimeout(timer);
    if (!imports.every(hasEnded)) timer = setTimeout(() => void pager.reload().catch(complain), LOOK_MS);
  }

  return {
    section: byId('view-imports', HTMLElement),
    title: 'imports.title',
    show() {
      pager.start(`${IMPORTS}?limit=${ROWS}`).catch((error) => {
        if (!(error instanceof ApiError) || ![404, 405].includes(error.status)) return complain(error);
        none.textContent = say('app.notOffered');
        toggle(table, false);
      });
    },
    leave() {
      clearTimeout(timer);
      pager.stop();
    },
  };
}

/** @param {PastImport} row */
function fileCell({ task_id: id, file_name: name, size }) {
  const label = say('imports.open', { name });
  const link = make('a', { href: `#imports/${encodeURIComponent(id)}`, 'aria-label': label }, name);
  return make('span', {}, link, make('small', {}, formatSize(size)));
}

/** @param {PastImport} row */
function stateCell({ status, dry_run: dryRun }) {
  const words = make('span', { class: 'badges' }, statusBadge(status));
  if (dryRun) words.append(badge('plain', say('import.dryRun')));
  return words;
}

/**
 * The counts that say something, as a line of words.
 * @param {PastImport} row
 */
function countsCell(row) {
  const facts = COUNTS.filter((name) => name === 'read' || (row[name] ?? 0) > 0).map((name) =>
    make('span', {}, `${formatNumber(row[name] ?? 0)} ${say(`count.${name}`).toLowerCase()}`),
  );
  return make('span', { class: 'facts' }, ...facts);
}
