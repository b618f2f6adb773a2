import './datastore.permissions.js';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module, type OnModuleInit } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { IdentityModule, RequestCredentials } from '../identity/index.js';
import { PermissionGuard } from '../platform/access/permission.guard.js';
import { provideConfig } from '../platform/config/config-section.js';
import { ErrorRenderers, problem } from '../platform/errors/error-renderers.js';
import { BodyModes } from '../platform/http/body-parsers.js';
import { OBJECTS_PATH } from '../storage/index.js';
import { DatasetFiles } from './files/dataset-files.js';
import { DatasetVisibility } from './files/dataset-visibility.js';
import { uploadErrors } from './datastore-errors-rendering.js';
import { Dataset } from './files/dataset.entity.js';
import { DatastoreFile } from './files/datastore-file.entity.js';
import { DatastoreConfig } from './datastore.config.js';
import { DatastoreController } from './uploads/datastore.controller.js';
import { FileAccess } from './files/file-access.js';
import { FileArrivals } from './arrivals/file-arrivals.js';
import { FileRemoval } from './files/file-removal.js';
import { FilesController } from './files/files.controller.js';
import { FilesService } from './files/files.service.js';
import { NobodysObjects } from './arrivals/nobodys-objects.js';
import { ObjectContents } from './arrivals/object-contents.js';
import { ObjectAddresses } from './files/object-addresses.js';
import { ObjectReads } from './objects/object-reads.js';
import { ObjectUploads } from './objects/object-uploads.js';
import { ObjectsController } from './objects/objects.controller.js';
import { PresignService } from './files/presign.service.js';
import { RawstoreController } from './uploads/rawstore.controller.js';
import { StorageQuota } from './storage-use/storage-quota.js';
import { StorageUseController } from './storage-use/storage-use.controller.js';
import { StorageUseService } from './storage-use/storage-use.service.js';
import { SweepUploadsJob } from './arrivals/sweep-uploads.job.js';
import { UploadReservations } from './uploads/upload-reservations.js';
import { UploadSweep } from './arrivals/upload-sweep.js';
import { UploadRights } from './uploads/upload-rights.js';
import { Upload } from './arrivals/upload.entity.js';
import { UploadsService } from './uploads/uploads.service.js';

/** Uploaded files: who may write and read them, and how much there may be. */
@Module({
  imports: [AuditModule, IdentityModule, MikroOrmModule.forFeature([Dataset, DatastoreFile, Upload])],
  controllers: [
    DatastoreController,
    FilesController,
    ObjectsController,
    RawstoreController,
    StorageUseController,
  ],
  providers: [
    provideConfig(DatastoreConfig),
    PermissionGuard,
    DatasetFiles,
    DatasetVisibility,
    FileAccess,
    FileArrivals,
    FileRemoval,
    FilesService,
    NobodysObjects,
    ObjectAddresses,
    ObjectContents,
    ObjectReads,
    ObjectUploads,
    PresignService,
    StorageQuota,
    StorageUseService,
    SweepUploadsJob,
    UploadReservations,
    UploadRights,
    UploadSweep,
    UploadsService,
  ],
  exports: [DatasetFiles, DatasetVisibility, FileAccess, ObjectAddresses, UploadRights],
})
export class DatastoreModule implements OnModuleInit {
  constructor(
    private readonly bodyModes: BodyModes,
    private readonly renderers: ErrorRenderers,
    private readonly credentials: RequestCredentials,
  ) {}

  onModuleInit(): void {
    this.bodyModes.register(OBJECTS_PATH, 'stream');
    for (const family of ['/datastore', '/rawstore']) {
      this.bodyModes.register(family, 'json');
      this.renderers.register(family, uploadErrors);
    }
    this.renderers.register('/datastore/files', problem);
    this.credentials.register({ prefix: '/rawstore' }, { prefix: '/storage' }, { prefix: OBJECTS_PATH });
  }
}
