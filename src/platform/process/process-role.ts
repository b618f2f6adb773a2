/**
 * What this process is for. All three run the same program: `api` serves HTTP (and jobs, on the embedded database),
 * `worker` runs jobs, `cli` does one administrative thing and ends.
 */
export type ProcessRole = 'api' | 'worker' | 'cli';

/** Injection token of the role. */
export const PROCESS_ROLE = Symbol('PROCESS_ROLE');
