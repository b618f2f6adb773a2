import { ask, download, ORDERS } from './api.js';
import { announce, byId, make, toggle } from './dom.js';
import { complain, excuse } from './notice.js';
import { orderDialog, validity } from './order.js';
import { Pager } from './pager.js';
import { fillTable } from './table.js';
import { formatDate, say } from './texts.js';

/** @typedef {import('./types.js').Order} Order */

const ROWS = 25;
const TYPING_MS = 300;
const TWO_LETTERS = /^[A-Z]{2}$/;

/**
 * Looking for orders and at them.
 * @returns {import('./main.js').View}
 */
export function ordersView() {
  const form = byId('orders-form', HTMLFormElement);
  const search = byId('orders-search', HTMLInputElement);
  const valid = byId('orders-valid', HTMLSelectElement);
  const state = byId('orders-state', HTMLInputElement);
  const table = byId('orders', HTMLTableElement);
  const dialog = orderDialog();
  /** @type {Pager<Order>} */
  const pager = new Pager(byId('orders-pages', HTMLElement), draw);
  let sort = 'id';
  let open = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    load();
  });
  form.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(load, TYPING_MS);
  });
  byId('orders-export', HTMLButtonElement).addEventListener('click', () => {
    void download(`${ORDERS}/export?${filters().toString()}`, 'orders.csv').catch(excuse);
  });

  function filters() {
    const query = new URLSearchParams();
    if (search.value.trim() !== '') query.set('q', search.value.trim());
    if (valid.value !== '') query.set('valid', valid.value);
    if (state.value !== '') query.set('state', state.value.toUpperCase());
    if (sort !== 'id') query.set('sort', sort);
    return query;
  }

  function load() {
    clearTimeout(typing);
    const wrong = state.value !== '' && !TWO_LETTERS.test(state.value.toUpperCase());
    state.setAttribute('aria-invalid', String(wrong));
    byId('orders-error', HTMLElement).textContent = wrong ? say('orders.state.wrong') : '';
    if (wrong) return;
    const query = filters();
    query.set('limit', String(ROWS));
    query.set('fields', 'all');
    pager.start(`${ORDERS}?${query.toString()}`).catch(complain);
  }

  /** @param {string} wanted */
  function sortBy(wanted) {
    sort = wanted;
    load();
  }

  /**
   * @param {Order[]} orders
   * @param {number} page
   */
  function draw(orders, page) {
    // A server that tells no more than these of each order is not made to look as if there were no more.
    const full = orders.some(({ email }) => email !== undefined);
    const all = columns();
    fillTable(table, full ? all : all.filter(({ brief }) => brief), orders, { sort, by: sortBy });
    toggle(table, orders.length > 0);
    byId('orders-none', HTMLElement).textContent = orders.length > 0 ? '' : say('orders.none');
    announce(orders.length > 0 ? say('orders.shown', { count: orders.length, page }) : say('orders.none'));
  }

  /** @param {string} id */
  async function openOrder(id) {
    const { result } = /** @type {import('./api.js').Answer<Order>} */ (
      await ask(`${ORDERS}/${encodeURIComponent(id)}`)
    );
    await dialog.open(result);
  }

  return {
    section: byId('view-orders', HTMLElement),
    title: 'orders.title',
    show(argument) {
      if (!open) load();
      open = true;
      if (argument === '') dialog.close();
      else
        openOrder(argument).catch((error) => {
          location.hash = '#orders';
          complain(error);
        });
    },
    leave() {
      open = false;
      clearTimeout(typing);
      pager.stop();
      dialog.close();
    },
  };
}

/** @returns {(import('./table.js').Column<Order> & { brief?: true })[]} */
function columns() {
  return [
    { title: 'order.id', kind: 'number', sort: 'id', brief: true, cell: ({ id }) => String(id) },
    { title: 'order.name', kind: 'main', sort: 'name', brief: true, cell: nameCell },
    { title: 'order.email', kind: 'long', sort: 'email', cell: ({ email }) => email ?? '' },
    { title: 'order.state', sort: 'state', cell: ({ state }) => state ?? '' },
    { title: 'order.zipcode', kind: 'short', sort: 'zipcode', cell: ({ zipcode }) => zipcode ?? '' },
    {
      title: 'order.birthday',
      kind: 'short',
      sort: 'birthday',
      cell: ({ birthday }) => formatDate(birthday),
    },
    { title: 'order.valid', sort: 'valid', brief: true, cell: ({ valid }) => validity(valid) },
  ];
}

/** @param {Order} order */
function nameCell({ id, name }) {
  const label = `${name}. ${say('orders.open', { id })}`;
  return make('a', { href: `#orders/${id}`, 'aria-label': label }, name === '' ? String(id) : name);
}
