import { byId, make, toggle } from './dom.js';
import { columnOf, COLUMNS, isOurs, plain, readHeadings } from './file-head.js';
import { languageChanges, say } from './texts.js';

/** @typedef {import('./file-head.js').Column} Column */

/** The server takes no more pairs in `map`. */
const MOST = 100;
const LEFT_OUT = '-';

/**
 * The part of the form where one says what the headings of a file mean that are not ours. It opens by itself for a
 * file that the server would refuse, and for no other.
 */
export function headingsPart() {
  const details = byId('headings', HTMLDetailsElement);
  const choices = byId('headings-choices', HTMLElement);
  /** @type {Blob | undefined} */
  let file;
  /** @type {string[]} */
  let headings = [];
  /** @type {Map<string, string>} a column or `-`, by the plain form of the heading */
  let meanings = new Map();
  languageChanges.addEventListener('change', draw);
  draw();

  /**
   * Reads the headings of a file, or forgets those of the last one.
   * @param {Blob} [chosen]
   * @param {Map<string, string>} [said] what was said of them before
   */
  async function read(chosen, said = new Map()) {
    file = chosen;
    const found = chosen ? await readHeadings(chosen).catch(() => []) : [];
    if (file !== chosen) return; // another one was chosen in the meantime
    headings = found;
    meanings = said;
    details.open = isRefused();
    draw();
  }

  /** What has been said of this file so far. */
  function said() {
    return meanings;
  }

  /** What is to be sent as `map`; empty where nothing is to be said. */
  function map() {
    // Hyphens and underscores do not matter, so one alone stands for no heading at all.
    return unknown()
      .flatMap((heading) => {
        const meaning = meanings.get(plain(heading));
        return meaning ? [`${heading || '_'}:${meaning}`] : [];
      })
      .join(',');
  }

  /** Each of the headings that nobody knows once. */
  function unknown() {
    const byName = new Map(headings.map((heading) => [plain(heading), heading]));
    return [...byName.values()].filter((heading) => !isOurs(heading));
  }

  /** How the columns of an order stand in the file. */
  function columns() {
    const found = headings.map((heading) => columnOf(heading) ?? meanings.get(plain(heading)));
    return {
      missing: COLUMNS.filter((column) => !found.includes(column)),
      repeated: COLUMNS.filter((column) => found.indexOf(column) !== found.lastIndexOf(column)),
      open: unknown().filter((heading) => !meanings.has(plain(heading))),
    };
  }

  function isRefused() {
    const { missing, repeated, open } = columns();
    return headings.length > 0 && missing.length + repeated.length + open.length > 0;
  }

  /** What of the file the form has to say at once; empty if nothing. */
  function told() {
    return isRefused() ? about(unknown().length) : '';
  }

  /** @param {number} count of the headings that nobody knows */
  function about(count) {
    if (headings.length === 0) return say(file ? 'headings.unread' : 'headings.none');
    if (count > MOST) return say('headings.many', { count });
    return say(count > 0 ? 'headings.unknown' : 'headings.ours');
  }

  function draw() {
    const names = unknown();
    byId('headings-about', HTMLElement).textContent = about(names.length);
    choices.replaceChildren(...(names.length > MOST ? [] : names.map(question)));
    toggle(choices, choices.childElementCount > 0);
    drawSum();
  }

  function drawSum() {
    byId('headings-sum', HTMLElement).textContent = sum().join(' ');
  }

  /** What would still keep the server from importing the file. */
  function sum() {
    const count = unknown().length;
    if (count > MOST) return [];
    if (!isRefused()) return count > 0 ? [say('headings.ready')] : [];
    const { missing, repeated, open } = columns();
    return [
      ...(open.length > 0 ? [say('headings.open', { count: open.length })] : []),
      ...(missing.length > 0 ? [say('headings.missing', { columns: listOf(missing) })] : []),
      ...(repeated.length > 0 ? [say('headings.repeated', { columns: listOf(repeated) })] : []),
      say('headings.refused'),
    ];
  }

  /** @param {string} heading */
  function question(heading) {
    const name = make('span', {}, nameOf(heading));
    if (heading.includes(',')) {
      return make('div', { class: 'meaning' }, name, make('small', {}, say('headings.comma')));
    }
    const select = make(
      'select',
      { autocomplete: 'off' },
      make('option', { value: '' }, say('headings.choose')),
      ...COLUMNS.map((column) => make('option', { value: column }, say(`order.${column}`))),
      make('option', { value: LEFT_OUT }, say('headings.leave')),
    );
    select.value = meanings.get(plain(heading)) ?? '';
    select.addEventListener('change', () => {
      if (select.value === '') meanings.delete(plain(heading));
      else meanings.set(plain(heading), select.value);
      drawSum();
    });
    return make('label', { class: 'meaning' }, name, select);
  }

  /** @param {string} heading */
  function nameOf(heading) {
    return heading || say('headings.empty', { column: headings.indexOf(heading) + 1 });
  }

  /** Opens the part and goes there. */
  function open() {
    details.open = true;
    details.querySelector('summary')?.focus();
  }

  return { read, said, map, told, open };
}

/** @param {Column[]} columns */
function listOf(columns) {
  return columns.map((column) => say(`order.${column}`)).join(', ');
}
