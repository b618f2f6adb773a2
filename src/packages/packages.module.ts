import './packages.permissions.js';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module, type OnModuleInit } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { DatastoreModule } from '../datastore/index.js';
import { IdentityModule, RequestCredentials } from '../identity/index.js';
import { provideConfig } from '../platform/config/config-section.js';
import { ErrorRenderers } from '../platform/errors/error-renderers.js';
import { BodyModes } from '../platform/http/body-parsers.js';
import { Pipelines } from './hooks/pipelines.js';
import { RunHooksController } from './hooks/run-hooks.controller.js';
import { RunHooksService } from './hooks/run-hooks.service.js';
import { ExternalLoader } from './loading/external-loader.js';
import { LoadCopies } from './loading/load-copies.js';
import { LoadPackageJob } from './loading/load-package.job.js';
import { LoadingConfig } from './loading/loading.config.js';
import { LoadsController } from './loading/loads.controller.js';
import { PackageDescriptors } from './loading/package-descriptors.js';
import { SourceFiles } from './loading/source-files.js';
import { PackageLoad } from './loading/package-load.entity.js';
import { PackageLoadRepository } from './loading/package-load.repository.js';
import { PackageLoadsService } from './loading/package-loads.service.js';
import { LoadEffects } from './loading/load-effects.js';
import { PruneLoadsJob } from './loading/prune-loads.job.js';
import { RegisterLoadedJob } from './loading/register-loaded.job.js';
import { ResourceLoader } from './loading/resource-loader.js';
import { ResourceReader } from './loading/resource-reader.js';
import { UnendedLoads } from './loading/unended-loads.js';
import { PackageDataController } from './reading/package-data.controller.js';
import { PackageDataService } from './reading/package-data.service.js';
import { PackageDownloads } from './reading/package-downloads.service.js';
import { RemoveFilesJob } from './registry/remove-files.job.js';
import { DataTables } from './tables/data-tables.js';
import { PackageTable } from './tables/package-table.entity.js';
import { TableRows } from './tables/table-rows.js';
import { PackagesConfig } from './packages.config.js';
import { PUBLISH_PATH, publishErrors } from './publish-errors.js';
import { PackageCallers } from './registry/package-callers.js';
import { PackageContents } from './registry/package-contents.js';
import { PackageDatasets } from './registry/package-datasets.js';
import { PackageRegistry } from './registry/package-registry.js';
import { PackageStats } from './registry/package-stats.js';
import { Package } from './registry/package.entity.js';
import { PackagesController } from './registry/packages.controller.js';
import { PackagesService } from './registry/packages.service.js';
import { PackageCatalogue } from './search/package-catalogue.service.js';
import { PackageSearchController } from './search/package-search.controller.js';
import { PackageSearch } from './search/package-search.service.js';

/** Data packages: which there are, who may see them, and how they are found. */
@Module({
  imports: [
    AuditModule,
    DatastoreModule,
    IdentityModule,
    MikroOrmModule.forFeature([Package, PackageLoad, PackageTable]),
  ],
  controllers: [
    LoadsController,
    PackageDataController,
    PackagesController,
    PackageSearchController,
    RunHooksController,
  ],
  providers: [
    provideConfig(LoadingConfig),
    provideConfig(PackagesConfig),
    DataTables,
    ExternalLoader,
    LoadPackageJob,
    PackageCallers,
    PackageCatalogue,
    PackageContents,
    PackageDatasets,
    PackageDataService,
    PackageDescriptors,
    SourceFiles,
    PackageDownloads,
    PackageLoadRepository,
    PackageLoadsService,
    LoadEffects,
    PackageRegistry,
    PackageSearch,
    PackagesService,
    PackageStats,
    Pipelines,
    PruneLoadsJob,
    RegisterLoadedJob,
    RemoveFilesJob,
    ResourceLoader,
    LoadCopies,
    ResourceReader,
    RunHooksService,
    TableRows,
    UnendedLoads,
  ],
})
export class PackagesModule implements OnModuleInit {
  constructor(
    private readonly credentials: RequestCredentials,
    private readonly renderers: ErrorRenderers,
    private readonly bodyModes: BodyModes,
  ) {}

  onModuleInit(): void {
    this.credentials.register({ prefix: '/package' }, { prefix: '/search' }, { prefix: '/hooks/load' });
    this.renderers.register(PUBLISH_PATH, publishErrors);
    // The viewer of the original says nothing, or something else, of the type of its JSON.
    this.bodyModes.register('/package/update_params', 'json');
  }
}
