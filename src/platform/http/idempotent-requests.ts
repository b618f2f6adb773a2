import type { EntityManager } from '@mikro-orm/postgresql';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpConfig } from '../config/platform.config.js';
import { Database } from '../database/database.js';
import { PROCESS_ROLE, type ProcessRole } from '../process/process-role.js';
import {
  IdempotencyKeyInFlightError,
  IdempotencyKeyReusedError,
  IdempotentAnswerNotKeptError,
} from './idempotency.errors.js';
import { IdempotencyKey } from './idempotency-key.entity.js';

/** A request whose caller gave it an identity. */
export interface KeyedRequest {
  /** `userid` of the caller. */
  readonly owner: string;
  readonly key: string;
  /** Method and path pattern. */
  readonly route: string;
  /** Hash of everything that the answer depends on. */
  readonly fingerprint: string;
}

/** What goes back to the caller. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Longest answer, in characters of JSON, that is kept. */
const MAX_BODY = 1024 ** 2;
const SWEEP_MS = 60_000;
const SWEEP_ROWS = 1_000;
const SWEEP_BATCHES = 20;

/** Carries out each keyed request once, and answers its repetitions with the first answer. */
@Injectable()
export class IdempotentRequests implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Idempotency');
  private readonly inFlight = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly config: HttpConfig,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  onApplicationBootstrap(): void {
    if (this.role === 'api') this.timer = setInterval(() => void this.sweepQuietly(), SWEEP_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * The answer of `carryOut`, or the one it gave when the same request came first. The answer commits in one
   * transaction with the effect, so neither can be there without the other; an error undoes both, and the request
   * may come again. Answers other than 2xx are not kept.
   * @throws IdempotencyKeyInFlightError, IdempotencyKeyReusedError, IdempotentAnswerNotKeptError
   */
  async once(
    request: KeyedRequest,
    carryOut: () => Promise<Answer>,
  ): Promise<Answer & { replayed: boolean }> {
    const name = `${request.owner}\n${request.key}`;
    const first = !this.inFlight.has(name);
    // There the first one has the only connection, so there would be nothing to look with.
    if (!first && this.database.embedded) throw new IdempotencyKeyInFlightError();
    this.inFlight.add(name);
    try {
      return await this.database.transaction(async (em) => {
        const locked = first && (await this.lock(name));
        const known = await em.findOne(IdempotencyKey, { owner: request.owner, key: request.key });
        if (known) return { ...repeat(known, request), replayed: true };
        if (!locked) throw new IdempotencyKeyInFlightError();
        const answer = await carryOut();
        await em.flush(); // ids and defaults that the answer shows
        if (answer.status >= 200 && answer.status < 300) await this.keep(em, request, answer);
        return { ...answer, replayed: false };
      });
    } finally {
      if (first) this.inFlight.delete(name);
    }
  }

  /** Forgets answers older than IDEMPOTENCY_HOURS, a bounded number at a time; returns how many. */
  async sweep(): Promise<number> {
    let swept = 0;
    for (let batch = 0; batch < SWEEP_BATCHES; batch++) {
      const rows = await this.database.execute(
        `delete from idempotency_key where (owner, key) in (
           select owner, key from idempotency_key
           where created_at < now() - make_interval(hours => $1) order by created_at limit $2)`,
        [this.config.IDEMPOTENCY_HOURS, SWEEP_ROWS],
      );
      swept += rows;
      if (rows < SWEEP_ROWS) break;
    }
    return swept;
  }

  /** Other processes know nothing of our `inFlight`. On the embedded database there are none. */
  private async lock(name: string): Promise<boolean> {
    if (this.database.embedded) return true;
    const [row] = await this.database.query<{ locked: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked',
      [`idempotency ${name}`],
    );
    return row!.locked;
  }

  private async keep(
    em: EntityManager,
    request: KeyedRequest,
    { status, headers, body }: Answer,
  ): Promise<void> {
    const text = body === undefined ? '' : JSON.stringify(body);
    await em.insert(IdempotencyKey, {
      ...request,
      status,
      headers,
      body: text.length > MAX_BODY ? null : text,
      createdAt: new Date(),
    });
  }

  private async sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.logger.warn(`old answers were not swept: ${(error as Error).message}`);
    }
  }
}

function repeat(known: IdempotencyKey, request: KeyedRequest): Answer {
  if (known.fingerprint !== request.fingerprint) throw new IdempotencyKeyReusedError(known.route);
  if (known.body === null || known.body === undefined) throw new IdempotentAnswerNotKeptError();
  const { status, headers, body } = known;
  return { status, headers, body: body === '' ? undefined : (JSON.parse(body) as unknown) };
}
