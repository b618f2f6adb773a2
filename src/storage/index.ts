export { LocalSignedUrls, OBJECTS_PATH, type SignedUpload } from './local.signed-urls.js';
export { mediaTypeOf } from './media-types.js';
export { parseObjectKey } from './object-key.js';
export { ObjectStore } from './object-store.port.js';
export type {
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectPage,
  PutOptions,
  StoredObject,
} from './object-store.port.js';
export { attachment, isMd5Base64 } from './signed-terms.js';
export { MAX_EXPIRY, SignedUrls } from './signed-urls.port.js';
export type {
  GetTerms,
  PostTerms,
  PutTerms,
  SignedPost,
  SignedPut,
  UploadTerms,
} from './signed-urls.port.js';
export * from './storage.errors.js';
export { StorageModule } from './storage.module.js';
