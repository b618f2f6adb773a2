export { ObjectStore } from './object-store.port.js';
export type {
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectPage,
  PutOptions,
  StoredObject,
} from './object-store.port.js';
export * from './storage.errors.js';
export { StorageModule } from './storage.module.js';
