export { DatasetFiles } from './files/dataset-files.js';
export { DatasetVisibility } from './files/dataset-visibility.js';
export { DatastoreModule } from './datastore.module.js';
export { FileAccess } from './files/file-access.js';
export { ObjectAddresses } from './files/object-addresses.js';
export { UploadRights } from './uploads/upload-rights.js';
export type { Visibility } from './files/visibility.js';
