import { Injectable } from '@nestjs/common';
import type { Actor } from '../platform/access/actor.js';
import { SecretBox } from '../platform/crypto/secret-box.js';
import { AuditBatches, BEFORE_ALL, type SealableEntry, type StoredSeal } from './audit-batches.js';
import { AuditSealNotFoundError } from './audit.errors.js';
import { MAC_PURPOSE, macText, NO_HASH, SealHash } from './seal-chain.js';

/** What is wrong with a seal, or with what it seals. */
export type AuditProblem =
  | 'entry-changed'
  | 'entry-missing'
  | 'entry-added'
  | 'seal-changed'
  | 'seal-missing'
  | 'not-vouched-for'
  | 'not-as-expected';

/** The first thing that is wrong. */
export interface AuditFault {
  /** Number of the seal. */
  readonly seal: number;
  readonly problem: AuditProblem;
  /** A full sentence. */
  readonly message: string;
}

/** What was looked at, and what was found. */
export interface AuditReport {
  /** Seals that were checked and are right. */
  readonly seals: number;
  /** The entries under them. */
  readonly entries: number;
  /** Entries that no seal covers yet; nothing can be said about them. */
  readonly unsealed: number;
  /** Since when there are some; ISO 8601. */
  readonly unsealedSince: string | null;
  /** The last one that was checked. */
  readonly lastSeal: Pick<StoredSeal, 'id' | 'hash'> | null;
  readonly fault: AuditFault | null;
}

export interface VerifyOptions {
  /** Number of the seal to begin with; those before it are taken as they are. */
  readonly from?: number;
  /** The hash of a seal, as it was told before: a seal of that hash must be there still. */
  readonly expect?: string;
}

/** Checks the audit log against its seals. */
@Injectable()
export class AuditVerification {
  constructor(
    private readonly batches: AuditBatches,
    private readonly box: SecretBox,
  ) {}

  /**
   * Goes through all seals and what they seal, and stops at the first fault. Reads a bounded number of rows at a time.
   * Throws `AuditSealNotFoundError` where there is nothing to begin with.
   */
  async verify(actor: Actor, { from = 1, expect }: VerifyOptions = {}): Promise<AuditReport> {
    actor.require('audit.read');
    const newest = await this.batches.lastSeal();
    let previous = from > 1 ? await this.batches.seal(from - 1) : undefined;
    if (from > 1 && (!previous || !newest || from > newest.id))
      throw new AuditSealNotFoundError(from, newest?.id ?? 0);

    const walk = new Walk(
      this.batches.allEntries(previous?.lastId ?? BEFORE_ALL, newest?.lastId ?? BEFORE_ALL),
    );
    let [seals, entries, fault, expected] = [0, 0, null as AuditFault | null, expect === undefined];
    let unvouched: number | undefined;
    expected ||= previous?.hash === expect;
    for await (const seal of this.batches.allSeals(from - 1, newest?.id ?? 0)) {
      const mac = this.mac(seal, previous);
      fault = await check(seal, previous, mac, walk);
      if (fault) break;
      unvouched = mac === undefined ? (unvouched ?? seal.id) : undefined;
      expected ||= seal.hash === expect;
      [seals, entries, previous] = [seals + 1, entries + seal.entries, seal];
    }
    if (!fault && unvouched !== undefined) fault = notVouchedFor(unvouched);
    if (!fault && !expected) fault = notAsExpected((previous?.id ?? 0) + 1, expect!);
    const tail = await this.batches.countBehind(newest?.lastId ?? BEFORE_ALL);
    return {
      ...{ seals, entries, unsealed: tail.entries, unsealedSince: tail.since, fault },
      lastSeal: previous ? { id: previous.id, hash: previous.hash } : null,
    };
  }

  /** The MAC that the seal should have; nothing where it was made with a secret that is not known here. */
  private mac(seal: StoredSeal, previous: StoredSeal | undefined): string | undefined {
    return this.box.mac(macText(previous?.hash ?? NO_HASH, seal, seal.hash), MAC_PURPOSE, seal.keyId);
  }
}

/** @param mac that the seal should have, where that can be told */
async function check(
  seal: StoredSeal,
  previous: StoredSeal | undefined,
  mac: string | undefined,
  walk: Walk,
): Promise<AuditFault | null> {
  const expectedId = (previous?.id ?? 0) + 1;
  if (seal.id !== expectedId) return sealMissing(expectedId);
  if (mac !== undefined && mac !== seal.mac) return sealChanged(seal, previous);
  const hash = new SealHash(previous?.hash ?? NO_HASH, seal);
  let count = 0;
  for await (const entry of walk.upTo(seal.lastId)) {
    hash.add(entry);
    count++;
  }
  if (count !== seal.entries) return wrongCount(seal, count);
  return hash.digest() === seal.hash ? null : entryChanged(seal, mac !== undefined);
}

/** Goes through the entries once, seal by seal. */
class Walk {
  private next: SealableEntry | undefined;

  constructor(private readonly entries: AsyncGenerator<SealableEntry>) {}

  async *upTo(lastId: string): AsyncGenerator<SealableEntry> {
    const last = BigInt(lastId);
    for (;;) {
      this.next ??= (await this.entries.next()).value as SealableEntry | undefined;
      if (!this.next || BigInt(this.next.id) > last) return;
      yield this.next;
      this.next = undefined;
    }
  }
}

function range({ firstId, lastId }: StoredSeal): string {
  return `the entries ${firstId} to ${lastId}`;
}

function sealMissing(seal: number): AuditFault {
  return {
    seal,
    problem: 'seal-missing',
    message: `Seal ${seal} is missing, although later ones are there.`,
  };
}

function sealChanged({ id }: StoredSeal, previous: StoredSeal | undefined): AuditFault {
  const behind = previous ? ` or does not belong behind seal ${previous.id}` : '';
  return {
    seal: id,
    problem: 'seal-changed',
    message: `Seal ${id} was changed${behind}: it was not made in this form with the secret of this installation.`,
  };
}

function wrongCount(seal: StoredSeal, count: number): AuditFault {
  const missing = count < seal.entries;
  const difference = Math.abs(seal.entries - count);
  const entries = difference === 1 ? 'entry' : 'entries';
  return {
    seal: seal.id,
    problem: missing ? 'entry-missing' : 'entry-added',
    message: `Seal ${seal.id} is broken: of ${range(seal)} it has sealed ${seal.entries}, and there are ${count}: ${difference} ${entries} ${missing ? 'removed' : 'added'}.`,
  };
}

function entryChanged(seal: StoredSeal, sealIsRight: boolean): AuditFault {
  const what = sealIsRight ? 'an entry' : 'an entry, or the seal itself,';
  return {
    seal: seal.id,
    problem: 'entry-changed',
    message: `Seal ${seal.id} is broken: ${what} was changed. It covers ${range(seal)}.`,
  };
}

function notVouchedFor(seal: number): AuditFault {
  return {
    seal,
    problem: 'not-vouched-for',
    message: `Nothing vouches for seal ${seal} and those behind it: they were made with a secret that is not known here. If SIGNALBOX_SECRET was changed, set the former one as SIGNALBOX_SECRET_PREVIOUS, or let the server make the next seal.`,
  };
}

function notAsExpected(seal: number, hash: string): AuditFault {
  return {
    seal,
    problem: 'not-as-expected',
    message: `No seal has the hash ${hash}: seals were removed from the end of the log, or all were replaced. The last one here is ${seal - 1}.`,
  };
}
