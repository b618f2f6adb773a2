import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Database } from '../database/database.js';
import { UnavailableError } from '../errors/domain-error.js';
import type { HealthDto } from './health.dto.js';

/** Resolves when the thing works, rejects when it does not. */
export type ReadinessProbe = () => Promise<unknown>;

const PROBE_TIMEOUT_MS = 2_000;

/** Whether the process can serve. Modules register what they need beyond the database. */
@Injectable()
export class Readiness {
  private readonly probes = new Map<string, ReadinessProbe>();

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    database: Database,
  ) {
    this.register('database', () => database.query('select 1'));
  }

  register(name: string, probe: ReadinessProbe): void {
    this.probes.set(name, probe);
  }

  /** Resolves when everything works. Throws `UnavailableError` that names what does not. */
  async check(): Promise<HealthDto> {
    try {
      const { status, details } = await this.health.check(
        [...this.probes].map(
          ([name, probe]) =>
            () =>
              this.run(name, probe),
        ),
      );
      return { status, details };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const down = Object.keys((error.getResponse() as { error: object }).error);
      throw new UnavailableError('NOT_READY', `Not ready: ${down.join(', ')} does not answer.`, {
        retryAfter: 2,
        errors: down.map((path) => ({ path, message: 'does not answer' })),
      });
    }
  }

  private async run(name: string, probe: ReadinessProbe) {
    const indicator = this.indicators.check(name);
    const timeout = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error('timeout')), PROBE_TIMEOUT_MS).unref(),
    );
    try {
      await Promise.race([probe(), timeout]);
      return indicator.up();
    } catch {
      return indicator.down();
    }
  }
}
