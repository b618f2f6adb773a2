import { ask } from './api.js';
import { make, toggle } from './dom.js';
import { complain } from './notice.js';
import { say } from './texts.js';

/**
 * Walks through the pages of a list. The server tells the address of the next one only, so those behind are remembered.
 * @template Row
 */
export class Pager {
  /** @type {string[]} */
  #behind = [];
  #path = '';
  /** @type {string | undefined} */
  #next;
  /** @type {AbortController | undefined} */
  #loading;

  /**
   * @param {HTMLElement} nav where the buttons go
   * @param {(rows: Row[], page: number) => void} show
   */
  constructor(nav, show) {
    this.nav = nav;
    this.show = show;
  }

  /**
   * Shows the first page of a list.
   * @param {string} path
   */
  async start(path) {
    await this.#load(path, []);
  }

  /** Shows the page again as it is now. */
  async reload() {
    if (this.#path !== '') await this.#load(this.#path, this.#behind);
  }

  /** Stops loading: the view is left. */
  stop() {
    this.#loading?.abort();
  }

  /**
   * @param {string} path
   * @param {string[]} behind the pages before it
   */
  async #load(path, behind) {
    this.#loading?.abort();
    const { signal } = (this.#loading = new AbortController());
    const { result, next } = /** @type {import('./api.js').Answer<Row[]>} */ (await ask(path, { signal }));
    if (result.length === 0 && behind.length > this.#behind.length) {
      this.#next = undefined; // the page before was full, and the last one
    } else {
      this.#path = path;
      this.#behind = behind;
      this.#next = next;
      this.show(result, behind.length + 1);
    }
    this.#draw();
  }

  #draw() {
    const previous = this.#button('pages.previous', this.#behind.length > 0, () => this.#back());
    const next = this.#button('pages.next', this.#next !== undefined, () => this.#forth());
    const held = this.nav.contains(document.activeElement) ? document.activeElement?.className : undefined;
    const page = make('span', {}, say('pages.page', { page: this.#behind.length + 1 }));
    this.nav.replaceChildren(previous, page, next);
    toggle(this.nav, this.#behind.length > 0 || this.#next !== undefined);
    const again = held?.includes('pages.previous') ? previous : held?.includes('pages.next') ? next : null;
    // A button that cannot be pressed any more cannot be held either.
    if (again) (again.disabled ? (again === next ? previous : next) : again).focus();
  }

  async #forth() {
    if (this.#next !== undefined) await this.#load(this.#next, [...this.#behind, this.#path]);
  }

  async #back() {
    const path = this.#behind.at(-1);
    if (path !== undefined) await this.#load(path, this.#behind.slice(0, -1));
  }

  /**
   * @param {'pages.previous' | 'pages.next'} key
   * @param {boolean} usable
   * @param {() => Promise<void>} go
   */
  #button(key, usable, go) {
    const button = make('button', { type: 'button', class: `quiet ${key}` }, say(key));
    button.disabled = !usable;
    button.addEventListener('click', () => void go().catch(complain));
    return button;
  }
}
