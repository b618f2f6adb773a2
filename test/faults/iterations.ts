/** Whether to run the full figures of the targets, which takes hours, or what a change can wait for. */
export const FULL = process.env['FAULTS'] === 'full';

/** How often to do something: the variable of this name, else the full or the quick number. */
export function iterations(name: string, quick: number, full: number): number {
  return Number(process.env[name] ?? (FULL ? full : quick));
}
