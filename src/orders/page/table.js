import { make } from './dom.js';
import { say } from './texts.js';

/** @typedef {import('./texts.js').TextKey} TextKey */
/** @typedef {(Node | string)} Cell */
/**
 * @template Row
 * @typedef {object} Column
 * @property {TextKey} title
 * @property {(row: Row) => Cell} cell
 * @property {string} [kind] class of its cells
 * @property {string} [sort] the word that the server sorts by
 */

/**
 * Fills a table. On a narrow screen each row becomes a card, its cells named by their columns; the roles keep it a table
 * for screen readers even then.
 * @template Row
 * @param {HTMLTableElement} table
 * @param {readonly Column<Row>[]} columns
 * @param {readonly Row[]} rows
 * @param {{ sort: string, by: (sort: string) => void }} [sorting] how it is sorted, and what to do to sort otherwise
 */
export function fillTable(table, columns, rows, sorting) {
  table.setAttribute('role', 'table');
  const head = make('tr', { role: 'row' }, ...columns.map((column) => heading(column, sorting)));
  const body = rows.map((row) => make('tr', { role: 'row' }, ...columns.map((column) => cell(column, row))));
  const focused = table.contains(document.activeElement)
    ? document.activeElement?.getAttribute('data-sort')
    : undefined;
  table.replaceChildren(
    make('thead', { role: 'rowgroup' }, head),
    make('tbody', { role: 'rowgroup' }, ...body),
  );
  const again = focused ? table.querySelector(`[data-sort="${focused}"]`) : null;
  if (again instanceof HTMLElement) again.focus(); // who sorts by the keyboard stays where he is
}

/**
 * @template Row
 * @param {Column<Row>} column
 * @param {{ sort: string, by: (sort: string) => void }} [sorting]
 */
function heading({ title, kind, sort }, sorting) {
  const attributes = { role: 'columnheader', scope: 'col', class: kind };
  if (sort === undefined || sorting === undefined) return make('th', attributes, say(title));
  const up = sorting.sort === sort;
  const down = sorting.sort === `-${sort}`;
  const button = make('button', { type: 'button', class: 'sort', 'data-sort': sort }, say(title));
  button.addEventListener('click', () => sorting.by(up ? `-${sort}` : sort));
  const order = up ? 'ascending' : down ? 'descending' : 'none';
  return make('th', { ...attributes, 'aria-sort': order }, button);
}

/**
 * @template Row
 * @param {Column<Row>} column
 * @param {Row} row
 */
function cell({ title, kind, cell: content }, row) {
  return make('td', { role: 'cell', class: kind, 'data-title': say(title) }, content(row));
}
