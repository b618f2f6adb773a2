import { byId, toggle } from './dom.js';
import { importView } from './import.js';
import { importsView } from './imports.js';
import { complain, hideFault, hideNotice } from './notice.js';
import { ordersView } from './orders.js';
import { resumeSession } from './provider-sign-in.js';
import { currentSession, sessionChanges } from './session.js';
import { drawAccount, explain, setUpSignOut, signInView } from './sign-in.js';
import { language, languageChanges, say, setLanguage, translateDocument } from './texts.js';
import { uploadView } from './upload.js';

/**
 * A part of the page that is shown alone. `argument` is what follows the first slash of the address.
 * @typedef {object} View
 * @property {HTMLElement} section
 * @property {import('./texts.js').TextKey} title
 * @property {(argument: string) => void} [show]
 * @property {() => void} [leave]
 */

translateDocument();
setUpLanguage();
byId('notice-close', HTMLButtonElement).addEventListener('click', hideNotice);
byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
  event.preventDefault(); // the address says which part of the page is shown
  byId('content', HTMLElement).focus();
});
start().catch(complain);

async function start() {
  const response = await fetch('/acme_orders/page/settings.json');
  const settings = /** @type {import('./types.js').Settings} */ (await response.json());
  await resumeSession();
  const views = {
    'sign-in': signInView(),
    import: uploadView(settings),
    'one-import': importView(),
    imports: importsView(),
    orders: ordersView(),
  };
  /** @type {View | undefined} */
  let current;

  const route = () => {
    const [, part = '', argument = ''] = /^#([^/]*)\/?(.*)$/.exec(location.hash) ?? [];
    const mayLook = settings.anonymous || currentSession() !== undefined;
    const name = mayLook ? nameOf(part, argument) : 'sign-in';
    const next = views[name];
    if (current !== next) change(next);
    byId('main-nav', HTMLElement).hidden = !mayLook;
    mark(name);
    next.show?.(argument);
  };

  /** @param {View} next */
  const change = (next) => {
    const first = current === undefined;
    current?.leave?.();
    for (const { section } of Object.values(views)) toggle(section, section === next.section);
    current = next;
    hideFault();
    document.title = `${say(next.title)} – Acme Orders`;
    if (first) return;
    scrollTo(0, 0);
    next.section.querySelector('h1')?.focus(); // where a screen reader goes on reading
  };

  setUpSignOut();
  drawAccount(settings.anonymous);
  addEventListener('hashchange', route);
  languageChanges.addEventListener('change', () => {
    drawAccount(settings.anonymous);
    if (current) document.title = `${say(current.title)} – Acme Orders`;
    if (current === views['sign-in'] || current === views.import) return; // what is typed and chosen stays
    current?.leave?.();
    route();
  });
  for (const type of ['in', 'out', 'ended']) {
    sessionChanges.addEventListener(type, () => {
      drawAccount(settings.anonymous);
      current?.leave?.();
      current = type === 'in' ? views['sign-in'] : undefined;
      if (type === 'ended' && settings.anonymous) location.hash = '#sign-in';
      if (type === 'in' && location.hash === '#sign-in') location.hash = '#import';
      else route();
      if (type === 'ended') explain(say('signin.ended'));
    });
  }
  route();
}

/**
 * @param {string} part
 * @param {string} argument
 */
function nameOf(part, argument) {
  if (part === 'imports') return argument === '' ? 'imports' : 'one-import';
  if (part === 'sign-in' && currentSession() === undefined) return part;
  return part === 'orders' ? part : 'import';
}

/** @param {string} name of the view */
function mark(name) {
  const shown = name === 'one-import' ? 'imports' : name;
  for (const link of byId('main-nav', HTMLElement).querySelectorAll('a')) {
    if (link.hash === `#${shown}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function setUpLanguage() {
  const buttons = [byId('language-en', HTMLButtonElement), byId('language-pt', HTMLButtonElement)];
  const draw = () => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.lang === language()));
  };
  for (const button of buttons) {
    button.addEventListener('click', () => setLanguage(button.lang === 'pt' ? 'pt' : 'en'));
  }
  languageChanges.addEventListener('change', () => {
    translateDocument();
    draw();
  });
  draw();
}
