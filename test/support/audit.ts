import { AuditLog } from '../../src/audit/index.js';
import { AuditSealing } from '../../src/audit/audit-sealing.js';
import {
  type AuditReport,
  AuditVerification,
  type VerifyOptions,
} from '../../src/audit/audit-verification.js';
import { systemActor } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import type { TestApp } from './app.js';

/** Adds so many entries by one statement: half a million need not be half a million calls. */
const FILL = `
  insert into audit_entry (actor, action, subject, details)
  select 'ann', 'test.fill', 'thing:' || n, jsonb_build_object('n', n) from generate_series(1, $1::int) as n`;

/** The audit log of an application, and what somebody may do to it who owns the database. */
export class AuditTampering {
  readonly database: Database;

  constructor(private readonly app: TestApp) {
    this.database = app.app.get(Database);
  }

  /** Records one entry, in the transaction under way if there is one. */
  record(subject: string, details?: Record<string, unknown>): Promise<void> {
    const entry = { actor: systemActor(), action: 'test.deed', subject, ...(details && { details }) };
    return this.app.app.get(AuditLog).record(entry);
  }

  async fill(entries: number): Promise<void> {
    await this.database.execute(FILL, [entries]);
  }

  /** Seals what there is; returns how many seals that took. */
  seal(): Promise<number> {
    return this.app.app.get(AuditSealing).run();
  }

  verify(options?: VerifyOptions): Promise<AuditReport> {
    return this.app.app.get(AuditVerification).verify(systemActor(), options);
  }

  /** Runs statements as the owner of the tables can: without the triggers that make them append-only. */
  async tamper(...statements: string[]): Promise<void> {
    await this.database.transaction(async () => {
      for (const table of ['audit_entry', 'audit_seal'])
        await this.database.execute(`alter table ${table} disable trigger append_only`);
      for (const statement of statements) await this.database.execute(statement);
      for (const table of ['audit_entry', 'audit_seal'])
        await this.database.execute(`alter table ${table} enable trigger append_only`);
    });
  }

  /** Runs the test with the log as it is, and brings the log back to that afterwards. */
  async keeping(work: () => Promise<void>): Promise<void> {
    const tables = ['audit_entry', 'audit_seal'];
    for (const table of tables)
      await this.database.execute(`create table kept_${table} as select * from ${table}`);
    try {
      await work();
    } finally {
      await this.tamper(
        ...tables.flatMap((table) => [
          `delete from ${table}`,
          `insert into ${table} select * from kept_${table}`,
          `drop table kept_${table}`,
        ]),
      );
    }
  }
}
