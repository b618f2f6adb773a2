/**
 * Finds an element that `index.html` has.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} named ${id}`);
  return found;
}

/**
 * Makes an element. Texts become text nodes, so nothing that the server says is ever taken for markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | undefined>} [attributes] those that are undefined are left out
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/**
 * A coloured word.
 * @param {'good' | 'bad' | 'busy' | 'plain'} kind
 * @param {string} text
 */
export function badge(kind, text) {
  return make('span', { class: `badge ${kind}` }, text);
}

/**
 * Shows an element, or hides it from eyes and screen readers alike.
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function toggle(element, shown) {
  element.hidden = !shown;
}

/**
 * Says something to those who do not see the screen.
 * @param {string} text
 */
export function announce(text) {
  byId('announcer', HTMLElement).textContent = text;
}
