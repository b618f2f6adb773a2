import './packages.permissions.js';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module, type OnModuleInit } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { RequestCredentials } from '../identity/index.js';
import { provideConfig } from '../platform/config/config-section.js';
import { ErrorRenderers } from '../platform/errors/error-renderers.js';
import { BodyModes } from '../platform/http/body-parsers.js';
import { Pipelines } from './hooks/pipelines.js';
import { RunHooksController } from './hooks/run-hooks.controller.js';
import { RunHooksService } from './hooks/run-hooks.service.js';
import { PackagesConfig } from './packages.config.js';
import { PUBLISH_PATH, publishErrors } from './publish-errors.js';
import { PackageCallers } from './registry/package-callers.js';
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
  imports: [AuditModule, MikroOrmModule.forFeature([Package])],
  controllers: [PackagesController, PackageSearchController, RunHooksController],
  providers: [
    provideConfig(PackagesConfig),
    PackageCallers,
    PackageCatalogue,
    PackageRegistry,
    PackageSearch,
    PackagesService,
    PackageStats,
    Pipelines,
    RunHooksService,
  ],
})
export class PackagesModule implements OnModuleInit {
  constructor(
    private readonly credentials: RequestCredentials,
    private readonly renderers: ErrorRenderers,
    private readonly bodyModes: BodyModes,
  ) {}

  onModuleInit(): void {
    this.credentials.register({ prefix: '/package' }, { prefix: '/search' });
    this.renderers.register(PUBLISH_PATH, publishErrors);
    // The viewer of the original says nothing, or something else, of the type of its JSON.
    this.bodyModes.register('/package/update_params', 'json');
  }
}
