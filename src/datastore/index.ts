export { DatasetVisibility } from './dataset-visibility.js';
export { DatastoreModule } from './datastore.module.js';
export { FileAccess } from './files/file-access.js';
export { FileArrivals } from './files/file-arrivals.js';
export { FilesService } from './files/files.service.js';
export { ObjectAddresses } from './object-addresses.js';
export { UploadRights } from './uploads/upload-rights.js';
export type { Visibility } from './visibility.js';
