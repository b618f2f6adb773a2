import { Injectable } from '@nestjs/common';
import { defineJob, type HandlesJob, JobHandler, type JobRun } from '../../jobs/index.js';
import { systemActor } from '../system-actor.js';
import { KeyRotation } from './key-rotation.js';

interface RotateKeysResult {
  /** The key that was made, if one was. */
  readonly next: string | null;
  readonly removed: number;
}

/** Every night: makes a new signing key where the present one is old, and removes those that are retired. */
export const ROTATE_KEYS = defineJob<object, RotateKeysResult>('identity.rotate-keys', {
  schedule: '7 2 * * *',
});

@Injectable()
@JobHandler(ROTATE_KEYS)
export class RotateKeysJob implements HandlesJob<object, RotateKeysResult> {
  constructor(private readonly rotation: KeyRotation) {}

  /** Running it twice does no harm: the second time no key is old. */
  async run(_job: JobRun<object>): Promise<RotateKeysResult> {
    const removed = await this.rotation.removeRetired(systemActor());
    const rotation = await this.rotation.rotateByAge(systemActor());
    return { next: rotation?.kid ?? null, removed };
  }
}
