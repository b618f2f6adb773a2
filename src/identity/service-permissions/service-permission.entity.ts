import { defineEntity, p } from '@mikro-orm/core';

const ServicePermissionSchema = defineEntity({
  name: 'ServicePermission',
  tableName: 'service_permission',
  properties: {
    userid: p.text().primary(),
    service: p.text().primary(),
    permissions: p.json<Record<string, unknown>>(),
    updatedAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [{ name: 'service_permission_service_index', properties: ['service', 'userid'] }],
});

/** What a service lets a user do, as its permission tokens say; the userid `*` stands for everybody. */
export class ServicePermission extends ServicePermissionSchema.class {}
ServicePermissionSchema.setClass(ServicePermission);
