import { ask, ORDERS } from './api.js';
import { badge, byId, make, toggle } from './dom.js';
import { ownerName } from './owner.js';
import { formatDate, formatTime, known, say } from './texts.js';

/** @typedef {import('./types.js').Order} Order */
/** @typedef {import('./types.js').Change} Change */

const FIELDS = /** @type {const} */ (['id', 'name', 'email', 'state', 'zipcode', 'birthday']);

/** The dialog that shows one order. */
export function orderDialog() {
  const dialog = byId('order', HTMLDialogElement);
  byId('order-close', HTMLButtonElement).addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    // Replaced: who goes back does not want the order again that he has closed.
    if (location.hash.startsWith('#orders/')) history.replaceState(null, '', '#orders');
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close(); // beside it: the dialog itself is behind its content
  });
  let shown = 0;

  return {
    /** @param {Order} order */
    async open(order) {
      const turn = ++shown;
      byId('order-title', HTMLElement).textContent = say('order.title', { id: order.id });
      byId('order-fields', HTMLElement).replaceChildren(...fields(order));
      byId('order-rules', HTMLElement).replaceChildren(...rules(order));
      toggle(byId('order-history', HTMLElement), false);
      if (!dialog.open) dialog.showModal();
      const changes = await historyOf(order.id);
      if (turn !== shown || changes === undefined) return;
      byId('order-changes', HTMLElement).replaceChildren(...changeItems(changes));
      toggle(byId('order-history', HTMLElement), true);
    },
    close() {
      shown++;
      if (dialog.open) dialog.close();
    },
  };
}

/** @param {boolean} valid */
export function validity(valid) {
  return badge(valid ? 'good' : 'bad', say(valid ? 'orders.valid.true' : 'orders.valid.false'));
}

/** @param {Order} order */
function fields(order) {
  const values = { ...order, birthday: formatDate(order.birthday) };
  const rows = FIELDS.map((name) => row(say(`order.${name}`), String(values[name] ?? '–')));
  return [...rows, row(say('order.valid'), validity(order.valid))];
}

/**
 * @param {string} title
 * @param {Node | string} value
 */
function row(title, value) {
  return make('div', {}, make('dt', {}, title), make('dd', {}, value));
}

/** @param {Order} order */
function rules({ errors = [] }) {
  if (errors.length === 0) return [make('li', { class: 'faint' }, say('order.rules.none'))];
  return errors.map(({ rule, message }) => make('li', {}, message, ' ', make('code', {}, rule)));
}

/**
 * What became of an order; undefined where the server does not tell.
 * @param {number} id
 * @returns {Promise<Change[] | undefined>}
 */
async function historyOf(id) {
  try {
    const { result } = /** @type {import('./api.js').Answer<Change[] | { changes?: Change[] }>} */ (
      await ask(`${ORDERS}/${id}/history`)
    );
    return Array.isArray(result) ? result : (result.changes ?? []);
  } catch {
    return undefined; // the order itself is what was asked for
  }
}

/** @param {Change[]} changes */
function changeItems(changes) {
  if (changes.length === 0) return [make('li', { class: 'faint' }, say('order.history.none'))];
  return changes.map(({ cause = '', applied = true, at, actor, file_name: file, before, after }) => {
    const key = `cause.${cause}`;
    const title = make('strong', {}, known(key) ? say(key) : cause);
    if (!applied) title.append(' ', badge('plain', say('order.tried')));
    /** @type {(Node | string)[]} */
    const where = [];
    for (const fact of [at && formatTime(at), actor && ownerName(actor), file]) {
      if (fact) where.push(...(where.length > 0 ? [' · '] : []), fact);
    }
    const item = make('li', {}, title, make('p', { class: 'faint' }, ...where));
    const names = Object.keys({ ...before, ...after });
    if (names.length > 0) {
      item.append(make('ul', { class: 'changes' }, ...names.map((name) => difference(name, before, after))));
    }
    return item;
  });
}

/**
 * @param {string} name
 * @param {import('./types.js').Fields | null | undefined} before
 * @param {import('./types.js').Fields | null | undefined} after
 */
function difference(name, before, after) {
  const key = `order.${name}`;
  const title = known(key) ? say(key) : name;
  const shown = (/** @type {unknown} */ value) =>
    name === 'birthday' ? formatDate(String(value)) : shownValue(value);
  const was = before ? [make('del', {}, shown(before[name])), ' → '] : [];
  return make('li', {}, `${title}: `, ...was, make('ins', {}, shown(after?.[name])));
}

/** @param {unknown} value */
function shownValue(value) {
  if (typeof value === 'boolean') return say(value ? 'orders.valid.true' : 'orders.valid.false');
  if (Array.isArray(value)) return value.map(ruleText).join(', ') || '–';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return '–';
}

/** @param {unknown} broken a rule that was broken */
function ruleText(broken) {
  const { rule, message } = /** @type {{ rule?: string, message?: string }} */ (broken);
  return message ?? rule ?? '';
}
