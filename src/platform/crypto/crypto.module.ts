import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Global, Module } from '@nestjs/common';
import { DatabaseConfig } from '../config/platform.config.js';
import { DatabaseConnection } from '../database/database-connection.js';
import { Setting } from '../database/setting.entity.js';
import { SecretBox } from './secret-box.js';
import { SecretCheck } from './secret-check.js';

/** Encryption at rest for whoever stores a secret. */
@Global()
@Module({
  imports: [MikroOrmModule.forFeature([Setting])],
  providers: [
    {
      provide: SecretBox,
      inject: [DatabaseConfig, DatabaseConnection],
      useFactory: (config: DatabaseConfig, connection: DatabaseConnection) =>
        new SecretBox(
          config.SIGNALBOX_SECRET ?? connection.directory.generatedSecret(),
          config.SIGNALBOX_SECRET_PREVIOUS,
        ),
    },
    SecretCheck,
  ],
  exports: [SecretBox, SecretCheck],
})
export class CryptoModule {}
