import './orders.permissions.js';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module, type OnModuleInit } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { AnonymousAccess } from '../platform/access/anonymous-access.js';
import { provideConfig } from '../platform/config/config-section.js';
import { ErrorRenderers } from '../platform/errors/error-renderers.js';
import { BodyModes } from '../platform/http/body-parsers.js';
import { Messages } from '../platform/i18n/messages.js';
import { ImportOrdersJob } from './import-orders.job.js';
import { OrderChange } from './order-change.entity.js';
import { OrderExportController } from './order-export.controller.js';
import { OrderExportService } from './order-export.service.js';
import { OrderHistoryController } from './order-history.controller.js';
import { OrderHistoryService } from './order-history.service.js';
import { OrderImportError } from './order-import-error.entity.js';
import { HeldOrder, SeenId } from './order-import-staging.entity.js';
import { OrderImport } from './order-import.entity.js';
import { OrderImportRepository } from './order-import.repository.js';
import { OrderImportsController } from './order-imports.controller.js';
import { ImportHistory } from './order-import-history.js';
import { OrderIntake } from './order-intake.js';
import { OrderRenumbering } from './order-renumbering.js';
import { OrderUpdates } from './order-updates.js';
import { OrderWriter } from './order-writer.js';
import { PruneImportsJob } from './prune-imports.job.js';
import { RejectedLines } from './rejected-lines.js';
import { RejectedLinesController } from './rejected-lines.controller.js';
import { OrderImportsService } from './order-imports.service.js';
import { OrderRevalidationRepository } from './order-revalidation.repository.js';
import { OrderRevalidationsController } from './order-revalidations.controller.js';
import { OrderRevalidationsService } from './order-revalidations.service.js';
import { OrderRuleSet } from './order-rule-set.entity.js';
import { OrderRulesViews } from './order-rules-views.js';
import { OrderRulesController } from './order-rules.controller.js';
import { ORDER_RULES_MESSAGES } from './order-rules.messages.js';
import { OrderRulesService } from './order-rules.service.js';
import { OrderUploads } from './order-uploads.js';
import { Order } from './order.entity.js';
import { OrderRepository } from './order.repository.js';
import { envelopeErrors, IMPORT_PATH, ORDERS_PREFIX } from './orders-envelope.js';
import { OrdersPage } from './orders-page.js';
import { OrdersPageController } from './orders-page.controller.js';
import { OrdersConfig } from './orders.config.js';
import { OrdersController } from './orders.controller.js';
import { ORDER_MESSAGES } from './orders.messages.js';
import { OrdersService } from './orders.service.js';
import { RevalidationReport } from './revalidation-report.js';
import { RevalidateOrdersJob } from './revalidate-orders.job.js';

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
