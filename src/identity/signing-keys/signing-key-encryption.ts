import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DecryptionError, SecretBox } from '../../platform/crypto/secret-box.js';
import { SecretCheck } from '../../platform/crypto/secret-check.js';
import { Database } from '../../platform/database/database.js';
import { PROCESS_ROLE, type ProcessRole } from '../../platform/process/process-role.js';
import { keyContext } from './key-pair.js';

/**
 * Encrypts the signing keys anew after SIGNALBOX_SECRET was changed, so that the former secret is needed no more. Each
 * server does at its start, while it is told the former one.
 */
@Injectable()
export class SigningKeyEncryption implements OnApplicationBootstrap {
  private readonly logger = new Logger('Identity');

  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly secretCheck: SecretCheck,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.role === 'cli' || this.box.previousFingerprint === undefined) return;
    await this.secretCheck.pass();
    const renewed = await this.renew();
    if (renewed > 0)
      this.logger.log(`${renewed} signing keys are encrypted with the new SIGNALBOX_SECRET now`);
  }

  /** Encrypts again what is not encrypted with the current secret. Returns how many keys that were. */
  private renew(): Promise<number> {
    return this.database.transaction(async () => {
      const keys = await this.database.query<{ kid: string; text: string }>(
        `select kid, encrypted_private_key as text from signing_key
         where not starts_with(encrypted_private_key, $1) order by kid for update`,
        [`${this.box.keyId}.`],
      );
      let renewed = 0;
      for (const { kid, text } of keys) {
        const plain = this.open(text, keyContext(kid));
        if (plain === undefined) continue;
        await this.database.execute('update signing_key set encrypted_private_key = $2 where kid = $1', [
          kid,
          this.box.encrypt(plain, keyContext(kid)),
        ]);
        renewed++;
      }
      return renewed;
    });
  }

  /** A key of a secret before the former one opens nothing any more; that is no reason not to start. */
  private open(text: string, context: string): string | undefined {
    try {
      return this.box.decrypt(text, context);
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      this.logger.warn(error.message);
      return undefined;
    }
  }
}
