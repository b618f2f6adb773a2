import { Injectable, type OnModuleInit } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { PERMISSION, PUBLIC } from './permission.guard.js';
import { definedPermissions } from './permissions.js';

/** Fails the boot on a route that names no permission, or one that nobody declared: nothing is open by accident. */
@Injectable()
export class RoutePermissions implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    for (const { metatype } of this.discovery.getControllers()) {
      if (!metatype) continue;
      const prototype = metatype.prototype as Record<string, object>;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name]!;
        if (!Reflect.hasMetadata(METHOD_METADATA, handler)) continue;
        const permission = Reflect.getMetadata(PERMISSION, handler) as string | undefined;
        if (permission === undefined) throw new Error(`${metatype.name}.${name} names no permission`);
        if (permission !== PUBLIC && !definedPermissions().has(permission)) {
          throw new Error(
            `${metatype.name}.${name} names the permission ${permission}, which nobody declared`,
          );
        }
      }
    }
  }
}
