import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p } from '@mikro-orm/core';
import { Module } from '@nestjs/common';
import { AuditLog, AuditModule } from '../../src/audit/index.js';
import { type JobProcess, OMNIPOTENT, startJobProcess } from '../../test/support/job-process.js';
import { PING, PingJob } from './ping-job.js';

const CONCURRENCY = 16;
const SECONDS = 2;

const ChangeSchema = defineEntity({
  name: 'Change',
  tableName: 'bench_change',
  properties: { id: p.integer().primary(), text: p.text() },
});

class Change extends ChangeSchema.class {}
ChangeSchema.setClass(Change);

@Module({ imports: [MikroOrmModule.forFeature([Change]), AuditModule] })
class ChangesModule {}

/**
 * Transactions per second with and without a job, in an API process beside workers: as a use case makes them, which
 * saves an entity and its audit entry, and with one bare insert.
 */
export class EnqueueCost {
  private constructor(private readonly process: JobProcess) {}

  static async start(url: string): Promise<EnqueueCost> {
    const env = { DATABASE_URL: url };
    return new EnqueueCost(
      await startJobProcess({ handlers: [PingJob], imports: [ChangesModule], role: 'api', env }),
    );
  }

  readonly contenders = {
    'use case': () => this.transactions(() => this.useCase()),
    'use case + job': () => this.transactions(() => this.useCase(), true),
    insert: () => this.transactions(() => this.insert()),
    'insert + job': () => this.transactions(() => this.insert(), true),
  };

  close(): Promise<void> {
    return this.process.close();
  }

  private async useCase(): Promise<void> {
    const em = this.process.database.reader();
    const change = em.create(Change, { text: 'a change of the domain' });
    await em.persist(change).flush();
    await this.process.get(AuditLog).record({
      actor: OMNIPOTENT,
      action: 'change.create',
      subject: `change:${change.id}`,
    });
  }

  private async insert(): Promise<void> {
    await this.process.database.query('insert into bench_change (text) values ($1)', [
      'a change of the domain',
    ]);
  }

  private async transactions(change: () => Promise<void>, withJob = false): Promise<number> {
    const { database, jobs } = this.process;
    const until = performance.now() + SECONDS * 1000;
    let done = 0;
    const client = async () => {
      for (; performance.now() < until; done++) {
        await database.transaction(async () => {
          await change();
          if (withJob) await jobs.enqueue(PING, { at: 0 });
        });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, client));
    return done / SECONDS;
  }
}
