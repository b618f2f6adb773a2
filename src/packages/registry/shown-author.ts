import { storableText } from '../../platform/database/storable-json.js';

/** What follows the name of a mailbox. */
const MAIL_HOST = /@[^\s<>@,;]*/g;
const MAX_LENGTH = 500;

/**
 * The author as everybody may see him: `Ann <ann@example.org>` becomes `Ann <ann@not.shown>`. Older descriptors have a
 * text there, others an object with `name` and `email`; null where there is neither.
 */
export function shownAuthor(author: unknown): string | null {
  const text = typeof author === 'string' ? author : textOf(author);
  const shown = storableText(text.trim().slice(0, MAX_LENGTH)).replace(MAIL_HOST, '@not.shown');
  return shown === '' ? null : shown;
}

function textOf(author: unknown): string {
  const { name, email } = Object(author) as { name?: unknown; email?: unknown };
  const mail = typeof email === 'string' ? `<${email}>` : '';
  return `${typeof name === 'string' ? name : ''} ${mail}`;
}
