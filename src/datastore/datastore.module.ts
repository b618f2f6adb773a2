import { Module, type OnModuleInit } from '@nestjs/common';
import { BodyModes } from '../platform/http/body-parsers.js';
import { OBJECTS_PATH } from '../storage/index.js';
import { ObjectReads } from './objects/object-reads.js';
import { ObjectUploads } from './objects/object-uploads.js';
import { ObjectsController } from './objects/objects.controller.js';

/** Uploaded files: who may write and read them. */
@Module({
  controllers: [ObjectsController],
  providers: [ObjectReads, ObjectUploads],
})
export class DatastoreModule implements OnModuleInit {
  constructor(private readonly bodyModes: BodyModes) {}

  onModuleInit(): void {
    this.bodyModes.register(OBJECTS_PATH, 'stream');
  }
}
