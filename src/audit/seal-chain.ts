import { createHash } from 'node:crypto';
import type { SealableEntry, StoredSeal } from './audit-batches.js';

/** What a seal says, besides what proves it. */
export type SealFacts = Pick<StoredSeal, 'id' | 'firstId' | 'lastId' | 'entries' | 'keyId' | 'sealedAt'>;

/** Part of all that is hashed: another way to write entries down would need another one. */
const FORM = 'signalbox audit seal 1';
/** The hash before the first seal. */
export const NO_HASH = '';

/**
 * The hash of a seal: SHA-256 over the hash of the seal before, what this one says, and its entries in order. Each is
 * a line of JSON, so that no two logs have the same text.
 */
export class SealHash {
  private readonly hash = createHash('sha256');

  constructor(previousHash: string, facts: SealFacts) {
    this.hash.update(`${factsLine(previousHash, facts)}\n`);
  }

  /** Takes the next entry. */
  add({ id, at, actor, action, subject, requestId, details }: SealableEntry): void {
    this.hash.update(`${JSON.stringify([id, at, actor, action, subject, requestId, details])}\n`);
  }

  /** In hexadecimal. */
  digest(): string {
    return this.hash.digest('hex');
  }
}

/** The text that the MAC of a seal is made of: the seal itself, and what it stands on. */
export function macText(previousHash: string, facts: SealFacts, hash: string): string {
  return `${factsLine(previousHash, facts)}\n${hash}`;
}

/** The purpose of the key of these MACs. */
export const MAC_PURPOSE = 'audit seal';

function factsLine(
  previousHash: string,
  { id, firstId, lastId, entries, keyId, sealedAt }: SealFacts,
): string {
  return JSON.stringify([FORM, previousHash, id, firstId, lastId, entries, keyId, sealedAt]);
}
