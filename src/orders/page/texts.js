import { en } from './texts.en.js';
import { pt } from './texts.pt.js';

/** @typedef {keyof typeof en} TextKey */
/** @typedef {'en' | 'pt'} Language */

const TEXTS = { en, pt };
const REMEMBERED = 'orders.language';

/** @type {Language} */
let current = remembered() ?? firstKnown(navigator.languages) ?? 'en';

/** Tells of a new language, by the event `change`. */
export const languageChanges = new EventTarget();

/** The language that the page speaks, and asks the server for. */
export function language() {
  return current;
}

/**
 * Makes the page speak a language, now and the next time.
 * @param {Language} chosen
 */
export function setLanguage(chosen) {
  current = chosen;
  localStorage.setItem(REMEMBERED, chosen);
  languageChanges.dispatchEvent(new Event('change'));
}

/**
 * A text in the language of the page.
 * @param {TextKey} key
 * @param {Record<string, string | number>} [params]
 */
export function say(key, params = {}) {
  return TEXTS[current][key].replace(/\{(\w+)\}/g, (_, name) => String(params[String(name)] ?? ''));
}

/**
 * Whether a word from the server has a text, such as the name of a state.
 * @param {string} key
 * @returns {key is TextKey}
 */
export function known(key) {
  return key in en;
}

/**
 * Writes the texts of elements that name one: `data-text` for what stands in them, `data-label` for what is read out,
 * `data-hint` for what an empty field shows.
 */
export function translateDocument() {
  document.documentElement.lang = current;
  for (const element of all('data-text')) element.textContent = textOf(element, 'data-text');
  for (const element of all('data-label')) element.setAttribute('aria-label', textOf(element, 'data-label'));
  for (const element of all('data-hint')) element.setAttribute('placeholder', textOf(element, 'data-hint'));
}

/** @param {number} number */
export function formatNumber(number) {
  return new Intl.NumberFormat(region()).format(number);
}

/** @param {string} iso */
export function formatTime(iso) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return new Intl.DateTimeFormat(region(), { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

/**
 * A day, such as the server writes it: `February 27, 1963`.
 * @param {string} [day]
 */
export function formatDate(day = '') {
  const date = new Date(`${day} UTC`);
  if (Number.isNaN(date.getTime())) return day;
  return new Intl.DateTimeFormat(region(), { dateStyle: 'medium', timeZone: 'UTC' }).format(date);
}

/**
 * A size as people say it.
 * @param {number} bytes
 */
export function formatSize(bytes) {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const digits = power === 0 ? 0 : 1;
  const number = new Intl.NumberFormat(region(), { maximumFractionDigits: digits });
  return `${number.format(bytes / 1024 ** power)} ${units[power]}`;
}

/** The language as it is written where the reader lives: `en-GB` has other dates than `en-US`. */
function region() {
  return navigator.languages.find((tag) => firstKnown([tag]) === current) ?? current;
}

/** @param {string} attribute */
function all(attribute) {
  return document.querySelectorAll(`[${attribute}]`);
}

/**
 * @param {Element} element
 * @param {string} attribute
 */
function textOf(element, attribute) {
  const key = element.getAttribute(attribute) ?? '';
  return known(key) ? say(key) : key;
}

function remembered() {
  const kept = localStorage.getItem(REMEMBERED);
  return kept === 'en' || kept === 'pt' ? kept : undefined;
}

/** @param {readonly string[]} wanted */
function firstKnown(wanted) {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split('-', 1)[0];
    if (primary === 'en' || primary === 'pt') return primary;
  }
  return undefined;
}
