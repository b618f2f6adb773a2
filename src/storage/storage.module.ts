import { Global, Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { provideConfig } from '../platform/config/config-section.js';
import { SecretBox } from '../platform/crypto/secret-box.js';
import { DatabaseConnection } from '../platform/database/database-connection.js';
import { Readiness } from '../platform/health/readiness.js';
import { PublicUrl } from '../platform/http/public-url.js';
import { LocalObjectStore } from './local.object-store.js';
import { LocalSignedUrls } from './local.signed-urls.js';
import { ObjectStore } from './object-store.port.js';
import { S3Bucket } from './s3-bucket.js';
import { S3Config } from './s3.config.js';
import { S3ObjectStore } from './s3.object-store.js';
import { S3SignedUrls } from './s3.signed-urls.js';
import { SignedUrls } from './signed-urls.port.js';

/** Wires the object store that the configuration chooses, and the addresses that belong to it. */
@Global()
@Module({
  providers: [
    provideConfig(S3Config),
    {
      provide: S3Bucket,
      inject: [S3Config],
      useFactory: (config: S3Config) => (config.S3_BUCKET === undefined ? null : new S3Bucket(config)),
    },
    {
      provide: ObjectStore,
      inject: [S3Bucket, DatabaseConnection],
      useFactory: async (bucket: S3Bucket | null, { directory }: DatabaseConnection) => {
        if (bucket) return new S3ObjectStore(bucket);
        const store = new LocalObjectStore(directory.file('storage'));
        await store.open();
        return store;
      },
    },
    {
      provide: LocalSignedUrls,
      inject: [SecretBox, PublicUrl],
      useFactory: (box: SecretBox, publicUrl: PublicUrl) => new LocalSignedUrls(box, publicUrl),
    },
    {
      provide: SignedUrls,
      inject: [S3Bucket, LocalSignedUrls],
      useFactory: (bucket: S3Bucket | null, local: LocalSignedUrls) =>
        bucket ? new S3SignedUrls(bucket) : local,
    },
  ],
  exports: [ObjectStore, SignedUrls, LocalSignedUrls],
})
export class StorageModule implements OnModuleInit, OnModuleDestroy {
  constructor(
    @Inject(S3Bucket) private readonly bucket: S3Bucket | null,
    private readonly store: ObjectStore,
    private readonly readiness: Readiness,
  ) {}

  onModuleInit(): void {
    const { store } = this;
    if (store instanceof S3ObjectStore) this.readiness.register('object store', () => store.probe());
  }

  onModuleDestroy(): void {
    this.bucket?.close();
  }
}
