import './orders.permissions.js';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module, type OnModuleInit } from '@nestjs/common';
import { AnonymousAccess } from '../platform/access/anonymous-access.js';
import { provideConfig } from '../platform/config/config-section.js';
import { ErrorRenderers } from '../platform/errors/error-renderers.js';
import { BodyModes } from '../platform/http/body-parsers.js';
import { Messages } from '../platform/i18n/messages.js';
import { ImportOrdersJob } from './import-orders.job.js';
import { OrderChange } from './order-change.entity.js';
import { OrderImportError } from './order-import-error.entity.js';
import { HeldOrder, SeenId } from './order-import-line.entity.js';
import { OrderImport } from './order-import.entity.js';
import { OrderImportRepository } from './order-import.repository.js';
import { IMPORT_PATH, OrderImportsController } from './order-imports.controller.js';
import { OrderImportsService } from './order-imports.service.js';
import { OrderRuleSet } from './order-rule-set.entity.js';
import { OrderRulesService } from './order-rules.service.js';
import { OrderUploads } from './order-uploads.js';
import { Order } from './order.entity.js';
import { envelopeErrors, ORDERS_PREFIX } from './orders-envelope.js';
import { OrdersPage } from './orders-page.js';
import { OrdersPageController } from './orders-page.controller.js';
import { OrdersConfig } from './orders.config.js';
import { OrdersController } from './orders.controller.js';
import { ORDER_MESSAGES } from './orders.messages.js';
import { OrdersService } from './orders.service.js';

/** Acme Orders: orders come as CSV files, are held against rules and can be looked at. */
@Module({
  imports: [
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
  controllers: [OrderImportsController, OrdersController, OrdersPageController],
  providers: [
    provideConfig(OrdersConfig),
    OrdersService,
    OrderImportsService,
    OrderRulesService,
    OrderUploads,
    OrdersPage,
    OrderImportRepository,
    ImportOrdersJob,
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
    this.renderers.register(ORDERS_PREFIX, envelopeErrors(this.messages));
    this.bodyModes.register(IMPORT_PATH, 'stream'); // whatever comes there is told to be a form with a file
    if (this.config.ORDERS_ANONYMOUS) this.anonymous.grant('orders.read', 'orders.import');
  }
}
