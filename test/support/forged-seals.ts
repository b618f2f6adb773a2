import { createHash, randomBytes } from 'node:crypto';
import { MAC_PURPOSE, macText } from '../../src/audit/seal-chain.js';
import { SecretBox } from '../../src/platform/crypto/secret-box.js';
import type { Database } from '../../src/platform/database/database.js';

/** What is to be made to look right. */
export interface Forgery {
  /** The first seal to make anew. */
  readonly from: number;
  /** Whether the seals name a key that the forger has, rather than the one that they were made with. */
  readonly keyOfHisOwn: boolean;
  /** The entry that gets another actor. */
  readonly entry: number;
  readonly actor: string;
}

/** Statements that make all seals anew from one on, as well as one can without the secret. */
export async function forgedSeals(
  database: Database,
  { from, keyOfHisOwn, entry, actor }: Forgery,
): Promise<string[]> {
  const box = new SecretBox(randomBytes(32).toString('hex'));
  const seals = await database.query<
    Record<'firstId' | 'lastId' | 'sealedAt' | 'keyId', string> & { id: number; entries: number }
  >(
    `select id, first_id::text as "firstId", last_id::text as "lastId", entries, key_id as "keyId", extract(epoch from sealed_at)::text as "sealedAt"
       from audit_seal where id >= $1 order by id`,
    [from],
  );
  const [before] = await database.query<{ hash: string }>('select hash from audit_seal where id = $1', [
    from - 1,
  ]);
  let previous = before?.hash ?? '';
  const statements: string[] = [];
  for (const seal of seals) {
    const keyId = keyOfHisOwn ? box.keyId : seal.keyId;
    const entries = await database.query<Record<string, string>>(
      `select id::text, extract(epoch from at)::text as at, case when id = ${entry} then '${actor}' else actor end as actor,
           action, subject, request_id, details::text from audit_entry where id between $1 and $2 order by audit_entry.id`,
      [seal.firstId, seal.lastId],
    );
    // The form is no secret: it is written here once more, so that it does not change by accident.
    const facts = [
      'signalbox audit seal 1',
      previous,
      seal.id,
      seal.firstId,
      seal.lastId,
      seal.entries,
      keyId,
      seal.sealedAt,
    ];
    const lines = [facts, ...entries.map((row) => Object.values(row))].map(
      (line) => `${JSON.stringify(line)}\n`,
    );
    const hash = createHash('sha256').update(lines.join('')).digest('hex');
    const mac = box.mac(macText(previous, { ...seal, keyId }, hash), MAC_PURPOSE, box.keyId)!;
    statements.push(
      `update audit_seal set hash = '${hash}', mac = '${mac}', key_id = '${keyId}' where id = ${seal.id}`,
    );
    previous = hash;
  }
  return statements;
}
