/**
 * Where a job is. `unknown` is the end of a job whose effect on an outside system can be neither confirmed nor ruled
 * out: it is shown as such and never run again by itself.
 */
export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'unknown'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Whether a state is an end. */
export function isTerminal(state: JobState): boolean {
  return state !== 'queued' && state !== 'running';
}
