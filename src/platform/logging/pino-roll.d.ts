declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';
  import type { DestinationStream } from 'pino';
  /** Opens a file that rotates by size (`20m`, `512k`) and keeps `limit.count` files, those of earlier runs included. */
  export default function pinoRoll(options: {
    file: string;
    size?: string;
    limit?: { count: number; removeOtherLogFiles?: boolean };
    mkdir?: boolean;
    sync?: boolean;
    maxLength?: number;
  }): Promise<DestinationStream & EventEmitter>;
}
