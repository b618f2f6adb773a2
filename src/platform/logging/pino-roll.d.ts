declare module 'pino-roll' {
  import type { DestinationStream } from 'pino';
  /** Opens a file that rotates by size (`20m`, `512k`) and keeps `limit.count` old ones. */
  export default function pinoRoll(options: {
    file: string;
    size?: string;
    limit?: { count: number };
    mkdir?: boolean;
  }): Promise<DestinationStream>;
}
