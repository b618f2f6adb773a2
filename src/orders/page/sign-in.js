import { ApiError, signIn, signOut } from './api.js';
import { byId, make, toggle } from './dom.js';
import { complain } from './notice.js';
import { signInProviders } from './provider-sign-in.js';
import { beginSession, currentSession } from './session.js';
import { languageChanges, say } from './texts.js';

/**
 * The form that one signs in with.
 * @returns {import('./main.js').View}
 */
export function signInView() {
  const form = byId('sign-in-form', HTMLFormElement);
  const nickname = byId('nickname', HTMLInputElement);
  const password = byId('password', HTMLInputElement);
  const submit = byId('sign-in-submit', HTMLButtonElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt();
  });

  async function attempt() {
    explain('');
    submit.disabled = true;
    submit.textContent = say('signin.busy');
    try {
      const token = await signIn(nickname.value.trim(), password.value);
      password.value = '';
      beginSession({ token, nickname: nickname.value.trim() });
    } catch (error) {
      explain(error instanceof ApiError ? error.message : say('app.offline'));
      password.select();
    } finally {
      submit.disabled = false;
      submit.textContent = say('signin.submit');
    }
  }

  const section = byId('view-sign-in', HTMLElement);
  languageChanges.addEventListener('change', () => {
    if (!section.hidden) drawProviders().catch(complain);
  });

  return {
    section,
    title: 'signin.title',
    show: () => {
      nickname.focus();
      drawProviders().catch(complain);
    },
    leave: () => explain(''),
  };
}

/** A button for each provider that one can sign in with. */
async function drawProviders() {
  const list = byId('sign-in-providers', HTMLUListElement);
  const buttons = (await signInProviders()).map(({ title, begin }) => {
    const button = make('button', { type: 'button' }, say('signin.with', { provider: title }));
    button.addEventListener('click', begin);
    return make('li', {}, button);
  });
  list.replaceChildren(...buttons);
  toggle(list, buttons.length > 0);
}

/**
 * Says in the form why somebody has to sign in, or why that failed.
 * @param {string} text
 */
export function explain(text) {
  byId('sign-in-error', HTMLElement).textContent = text;
}

/**
 * The corner that says who is signed in.
 * @param {boolean} anonymous whether the server serves nobody too
 */
export function drawAccount(anonymous) {
  const session = currentSession();
  const who = byId('who', HTMLElement);
  who.textContent = session?.nickname ?? '';
  who.title = session ? say('signin.as', { nickname: session.nickname }) : '';
  toggle(byId('account', HTMLElement), session !== undefined);
  toggle(byId('sign-in-link', HTMLElement), session === undefined && anonymous);
  toggle(byId('sign-in-skip', HTMLElement), anonymous);
}

/** Makes the button work that ends the session. */
export function setUpSignOut() {
  byId('sign-out', HTMLButtonElement).addEventListener('click', () => void signOut().catch(complain));
}
