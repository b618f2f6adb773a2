import { randomInt } from 'node:crypto';
import { normalizeNickname } from './nickname.js';

/** Leaves room for a number behind it. */
const MAX_BASE = 50;
/** Before the number becomes a random one. */
const SMALL_NUMBERS = 50;
const UNFIT = /[\p{C}\p{Z}:/?#]+/gu;
/** Names that people take for the program or its operators. */
const RESERVED = ['admin', 'anonymous', 'root', 'signalbox', 'system'];

/** Whether nobody may choose this nickname for himself. */
export function isReservedNickname(nickname: string): boolean {
  return RESERVED.includes(nickname);
}

/** A valid nickname as near as possible to what somebody is called elsewhere. */
export function nicknameBase(text: string): string {
  const fit = text.normalize('NFC').toLowerCase().replace(UNFIT, '-');
  const joined = fit
    .split('-')
    .filter((part) => part !== '')
    .join('-');
  return normalizeNickname([...joined].slice(0, MAX_BASE).join('')) ?? 'user';
}

/** Nicknames to try one after the other: the text itself, then with numbers behind it. The last is free in all likelihood. */
export function nicknameCandidates(base: string): string[] {
  const numbered = Array.from({ length: SMALL_NUMBERS }, (_, index) => `${base}${index + 1}`);
  const all = [base, ...numbered, `${base}${randomInt(1e9, 1e10)}`];
  return all.filter((nickname) => !isReservedNickname(nickname));
}
