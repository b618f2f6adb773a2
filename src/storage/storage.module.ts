import { Global, Module } from '@nestjs/common';
import { DatabaseConnection } from '../platform/database/database-connection.js';
import { LocalObjectStore } from './local.object-store.js';
import { ObjectStore } from './object-store.port.js';

/** Wires the object store that the configuration chooses. */
@Global()
@Module({
  providers: [
    {
      provide: ObjectStore,
      inject: [DatabaseConnection],
      useFactory: async ({ directory }: DatabaseConnection) => {
        const store = new LocalObjectStore(directory.file('storage'));
        await store.open();
        return store;
      },
    },
  ],
  exports: [ObjectStore],
})
export class StorageModule {}
