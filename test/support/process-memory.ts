import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** How much memory another process holds, where the system tells; 0 where it does not. */
export class ProcessMemory {
  constructor(private readonly pid: number) {}

  /** What it holds now, in bytes. */
  get now(): number {
    return this.read('VmRSS');
  }

  /** The most that it has held since it was last asked for, in bytes. */
  takePeak(): number {
    const peak = this.read('VmHWM');
    const reset = `/proc/${this.pid}/clear_refs`;
    if (existsSync(reset)) writeFileSync(reset, '5');
    return peak;
  }

  private read(field: string): number {
    const status = `/proc/${this.pid}/status`;
    if (!existsSync(status)) return 0;
    return (
      Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(status, 'utf8'))?.[1] ?? 0) * 1024
    );
  }
}
