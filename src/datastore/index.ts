export { DatasetVisibility } from './dataset-visibility.js';
export { DatastoreModule } from './datastore.module.js';
export { FileAccess } from './file-access.js';
export { FileArrivals } from './file-arrivals.js';
export { FilesService } from './files.service.js';
export { ObjectAddresses } from './object-addresses.js';
export { UploadRights } from './upload-rights.js';
export type { Visibility } from './visibility.js';
