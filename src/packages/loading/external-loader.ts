import { timingSafeEqual } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { JobsService } from '../../jobs/index.js';
import { SecretBox } from '../../platform/crypto/secret-box.js';
import { Database } from '../../platform/database/database.js';
import { storableText } from '../../platform/database/storable-json.js';
import { PublicUrl } from '../../platform/http/public-url.js';
import { OutboundClient } from '../../platform/outbound/outbound-client.js';
import type { LoadProgress } from './load-status.js';
import { LoadingConfig } from './loading.config.js';
import { CallbackRefusedError } from './loading.errors.js';
import { PackageLoad } from './package-load.entity.js';
import { PackageLoadRepository } from './package-load.repository.js';
import { REGISTER_LOADED } from './register-loaded.job.js';

/** Where the loader reports. */
export const CALLBACK_PATH = '/hooks/load/callback';
const PURPOSE = 'load callbacks';
/** Longest word and message that a loader may report. */
const [MAX_STATUS, MAX_ERROR] = [100, 10_000];
/** Number of the load, key, MAC. */
const TOKEN = /^([1-9]\d{0,9})\.([^.]+)\.([^.]+)$/;
/** Its words for the end. */
const ENDS = new Set(['done', 'fail']);

/** What the loader reports, as it comes. */
export interface LoaderReport {
  readonly token: string | undefined;
  readonly package: string | undefined;
  readonly status: string | undefined;
  readonly progress: string | undefined;
  readonly error: string | undefined;
}

/** The loader of the originals, a program of its own: it is told of a package, and reports how it gets on. */
@Injectable()
export class ExternalLoader {
  private readonly logger = new Logger('ExternalLoader');

  constructor(
    private readonly config: LoadingConfig,
    private readonly outbound: OutboundClient,
    private readonly publicUrl: PublicUrl,
    private readonly box: SecretBox,
    private readonly loads: PackageLoadRepository,
    private readonly database: Database,
    private readonly jobs: JobsService,
  ) {}

  /** Whether packages are loaded by it. */
  get isUsed(): boolean {
    return this.config.LOADER_URL !== undefined;
  }

  /** Until when the loader has to be heard of. */
  deadline(): Date {
    return new Date(Date.now() + this.config.LOADER_TIMEOUT * 1000);
  }

  /** Tells the loader of a package. Where it does not take it, the load has failed. */
  async begin(load: PackageLoad): Promise<LoadProgress> {
    const url = new URL(this.config.LOADER_URL!);
    url.searchParams.set('package', load.url);
    url.searchParams.set('callback', `${this.publicUrl.to(CALLBACK_PATH)}?token=${this.tokenOf(load.id)}`);
    const error = await this.call(url);
    if (error === undefined) return { status: 'queued', progress: 0 };
    await this.loads.end(load, 'fail', { error });
    return { status: 'fail', progress: 0, error };
  }

  /**
   * Takes what the loader reports; once it is done the package is entered into the registry. A report without package or status, and one of a load that has ended, is passed over.
   * @throws CallbackRefusedError where it comes by another address than the one that the loader was given
   */
  async report({ token, status, progress, error, ...report }: LoaderReport): Promise<void> {
    const id = this.loadOf(token);
    if (report.package === undefined || status === undefined) return;
    const load = await this.loads.get(id);
    if (load.jobId !== null) throw new CallbackRefusedError();
    const rows = Number(progress);
    const word = storableText(status.slice(0, MAX_STATUS));
    const end = ENDS.has(word) ? word : undefined;
    const sql = `update package_load set status = $2, rows = coalesce($3, rows), error = $4, hears_until = $5,
         ended_at = case when $6 then now() end
       where id = $1 and ended_at is null`;
    const values = [
      id,
      word,
      progress !== undefined && Number.isSafeInteger(Math.round(rows)) && rows >= 0 ? Math.round(rows) : null,
      end === 'fail' ? storableText(error?.slice(0, MAX_ERROR) || 'The loader does not say why.') : null,
      this.deadline(),
      end !== undefined,
    ];
    await this.database.transaction(async () => {
      const changed = await this.database.execute(sql, values);
      if (changed === 0 || end !== 'done') return;
      await this.jobs.enqueue(REGISTER_LOADED, { loadId: id }, { owner: load.owner });
    });
  }

  private async call(url: URL): Promise<string | undefined> {
    try {
      const { status, body } = await this.outbound.request(url, { audience: 'operator' });
      body.destroy();
      return status === 200 ? undefined : `HTTP ${status}`;
    } catch (error) {
      this.logger.warn(`the loader cannot be reached: ${(error as Error).message}`);
      return 'The loader cannot be reached. Try again later.';
    }
  }

  private tokenOf(id: number): string {
    const { keyId } = this.box;
    return `${id}.${keyId}.${this.box.mac(String(id), PURPOSE, keyId)}`;
  }

  private loadOf(token: string | undefined): number {
    const [, id = '', keyId = '', mac = ''] = TOKEN.exec(token ?? '') ?? [];
    if (id === '' || !isSame(this.box.mac(id, PURPOSE, keyId) ?? '', mac)) throw new CallbackRefusedError();
    return Number(id);
  }
}

function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return expected !== '' && one.length === other.length && timingSafeEqual(one, other);
}
