import './orders.permissions.js';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module, type OnModuleInit } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { AnonymousAccess } from '../platform/access/anonymous-access.js';
import { provideConfig } from '../platform/config/config-section.js';
import { ErrorRenderers } from '../platform/errors/error-renderers.js';
import { BodyModes } from '../platform/http/body-parsers.js';
import { Messages } from '../platform/i18n/messages.js';
import { ImportOrdersJob } from './imports/import-orders.job.js';
import { OrderChange } from './history/order-change.entity.js';
import { OrderExportController } from './listing/order-export.controller.js';
import { OrderExportService } from './listing/order-export.service.js';
import { OrderHistoryController } from './history/order-history.controller.js';
import { OrderHistoryService } from './history/order-history.service.js';
import { OrderImportError } from './imports/order-import-error.entity.js';
import { HeldOrder, SeenId } from './imports/order-import-staging.entity.js';
import { OrderImport } from './imports/order-import.entity.js';
import { OrderImportRepository } from './imports/order-import.repository.js';
import { OrderImportsController } from './imports/order-imports.controller.js';
import { ImportHistory } from './imports/order-import-history.js';
import { OrderIntake } from './imports/order-intake.js';
import { OrderRenumbering } from './imports/order-renumbering.js';
import { OrderUpdates } from './imports/order-updates.js';
import { OrderWriter } from './imports/order-writer.js';
import { PruneImportsJob } from './imports/prune-imports.job.js';
import { RejectedLines } from './imports/rejected-lines.js';
import { RejectedLinesController } from './imports/rejected-lines.controller.js';
import { OrderImportsService } from './imports/order-imports.service.js';
import { OrderRevalidationRepository } from './revalidations/order-revalidation.repository.js';
import { OrderRevalidationsController } from './revalidations/order-revalidations.controller.js';
import { OrderRevalidationsService } from './revalidations/order-revalidations.service.js';
import { OrderRuleSet } from './rules/order-rule-set.entity.js';
import { OrderRulesViews } from './rules/order-rules-views.js';
import { OrderRulesController } from './rules/order-rules.controller.js';
import { ORDER_RULES_MESSAGES } from './rules/order-rules.messages.js';
import { OrderRulesService } from './rules/order-rules.service.js';
import { OrderUploads } from './imports/order-uploads.js';
import { Order } from './order.entity.js';
import { OrderRepository } from './listing/order.repository.js';
import { envelopeErrors, IMPORT_PATH, ORDERS_PREFIX } from './orders-envelope.js';
import { OrdersPage } from './orders-page.js';
import { OrdersPageController } from './orders-page.controller.js';
import { OrdersConfig } from './orders.config.js';
import { OrdersController } from './listing/orders.controller.js';
import { ORDER_MESSAGES } from './orders.messages.js';
import { OrdersService } from './listing/orders.service.js';
import { RevalidationReport } from './revalidations/revalidation-report.js';
import { RevalidateOrdersJob } from './revalidations/revalidate-orders.job.js';

/** Acme Orders: orders come as CSV files, are held against rules and can be looked at. */
@Module({
  imports: [
    AuditModule,
    MikroOrmModule.forFeature([
      Order,
      OrderChange,
      OrderImport,
      OrderImportError,
      OrderRuleSet,
      HeldOrder,
      SeenId,
    ]),
  ],
  controllers: [
    OrderImportsController,
    RejectedLinesController,
    OrdersController,
    OrderExportController,
    OrderHistoryController,
    OrderRevalidationsController,
    OrderRulesController,
    OrdersPageController,
  ],
  providers: [
    provideConfig(OrdersConfig),
    OrdersService,
    OrderExportService,
    OrderHistoryService,
    OrderRepository,
    OrderImportsService,
    ImportHistory,
    RejectedLines,
    OrderIntake,
    OrderWriter,
    OrderUpdates,
    OrderRenumbering,
    OrderRulesService,
    OrderRulesViews,
    OrderRevalidationsService,
    OrderRevalidationRepository,
    RevalidationReport,
    RevalidateOrdersJob,
    OrderUploads,
    OrdersPage,
    OrderImportRepository,
    ImportOrdersJob,
    PruneImportsJob,
  ],
})
export class OrdersModule implements OnModuleInit {
  constructor(
    private readonly renderers: ErrorRenderers,
    private readonly messages: Messages,
    private readonly bodyModes: BodyModes,
    private readonly anonymous: AnonymousAccess,
    private readonly config: OrdersConfig,
  ) {}

  onModuleInit(): void {
    this.messages.add(ORDER_MESSAGES);
    this.messages.add(ORDER_RULES_MESSAGES);
    this.renderers.register(ORDERS_PREFIX, envelopeErrors(this.messages));
    this.bodyModes.register(IMPORT_PATH, 'stream'); // whatever comes there is told to be a form with a file
    if (this.config.ORDERS_ANONYMOUS) this.anonymous.grant('orders.read', 'orders.import');
  }
}
