import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import { Database } from '../../platform/database/database.js';
import { ClientUnknownError } from '../credentials.errors.js';
import { IdentityConfig } from '../identity.config.js';
import { LoginThrottle } from '../passwords/login-throttle.js';
import { WaitingLine } from '../passwords/waiting-line.js';
import { isSecretOf, newSecret, secretHash } from '../random-secret.js';
import { Tokens } from '../tokens/tokens.js';
import { CLIENT_ID, CLIENT_SECRET_PREFIX } from './api-client.entity.js';
import type { ClientSecretDto } from './dto/client.dto.js';

interface ClientRow {
  secret_hash: string;
  /** Seconds since 1970. */
  tokens_valid_after: number | null;
}

/** Few, as each keeps three connections to the database busy, and each takes some milliseconds. */
const AT_ONCE = 2;
const MAX_WAITING = 100;

/** Sign-in of API clients by id and secret, a few at once: a flood of them must not take the whole database. */
@Injectable()
export class ClientLogins {
  private readonly line = new WaitingLine(AT_ONCE, MAX_WAITING);
  /** No client has this secret: what is asked for an unknown one costs the same. */
  private readonly nobodys = secretHash(newSecret(CLIENT_SECRET_PREFIX));

  constructor(
    private readonly database: Database,
    private readonly throttle: LoginThrottle,
    private readonly tokens: Tokens,
    private readonly audit: AuditLog,
    private readonly config: IdentityConfig,
  ) {}

  /**
   * A token for the client. Throws `ClientUnknownError`, whichever of the two is wrong, and `LoginThrottledError` after
   * too many failures, and `PasswordChecksBusyError`.
   * @param address IP address of the caller
   */
  async authorize(input: ClientSecretDto, address: string): Promise<string> {
    return this.line.run(() => this.authorizeNow(input, address));
  }

  private async authorizeNow(
    { client_id: id, client_secret }: ClientSecretDto,
    address: string,
  ): Promise<string> {
    const attempt = await this.throttle.begin(`client:${id}`, address); // no nickname has a colon
    let client: ClientRow | undefined;
    let right: boolean;
    try {
      client = CLIENT_ID.test(id) ? await this.find(id) : undefined;
      right = isSecretOf(client?.secret_hash ?? this.nobodys, client_secret);
    } catch (error) {
      await attempt.withdraw(); // nothing was learnt about the secret
      throw error;
    }
    if (!client || !right) throw new ClientUnknownError();
    await attempt.succeed();
    return this.issue(id, client);
  }

  private async issue(id: string, { tokens_valid_after: after }: ClientRow): Promise<string> {
    const tokensValidAfter = after === null ? null : new Date(after * 1000);
    const { token, jti, expiresAt } = await this.tokens.signForClient(
      { clientId: id, tokensValidAfter },
      this.config.CLIENT_TOKEN_SECONDS,
    );
    await this.audit.record({
      actor: { userid: id },
      action: 'token.create',
      subject: `client:${id}`,
      details: { jti, expiresAt: expiresAt.toISOString() },
    });
    return token;
  }

  private async find(id: string): Promise<ClientRow | undefined> {
    const [row] = await this.database.prepared<ClientRow>(
      'identity.client-secret',
      `select c.secret_hash, extract(epoch from c.tokens_valid_after)::float8 as tokens_valid_after
       from api_client c join "user" u on u.id = c.owner_id
       where c.client_id = $1 and not u.disabled`,
      [id],
    );
    return row;
  }
}
