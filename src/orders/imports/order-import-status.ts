import type { Job, JobErrorRecord, JobState } from '../../jobs/index.js';
import { STATUS_OF_STATE } from '../order-job-status.js';
import type { Language, Messages } from '../../platform/i18n/messages.js';
import type { ImportStatusDto } from './dto/order-import.dto.js';
import type { ImportCheckpoint, ImportPayload } from './import-orders.job.js';
import { NO_COUNTS } from './order-import-options.js';

/** How far an import is, told in the language. */
export function importStatus(job: Job, messages: Messages, language: Language): ImportStatusDto {
  const checkpoint = job.checkpoint as ImportCheckpoint | null | undefined;
  const counts = { ...NO_COUNTS, ...checkpoint?.counts };
  const { size, fileName = '', dryRun = false, onDuplicate = 'skip' } = job.payload as Partial<ImportPayload>;
  const ended = job.state === 'succeeded';
  const persisted = counts.imported + counts.updated;
  return {
    // Between two tries a job waits, but it has begun.
    status: job.state === 'queued' && checkpoint ? 'PROGRESS' : STATUS_OF_STATE[job.state as JobState],
    current: dryRun ? 0 : persisted,
    message: messageOf(job, dryRun, persisted, messages, language),
    error_code: job.state === 'failed' || job.state === 'unknown' ? (job.error?.code ?? null) : null,
    total: ended ? counts.read : null,
    percent: ended ? 100 : Math.floor(((checkpoint?.place?.offset ?? 0) / Math.max(size ?? 0, 1)) * 100),
    ...counts,
    invalid: persisted - counts.valid,
    file_name: fileName,
    dry_run: dryRun,
    on_duplicate: onDuplicate,
  };
}

function messageOf(
  { state, checkpoint, error }: Job,
  dryRun: boolean,
  imported: number,
  messages: Messages,
  language: Language,
): string {
  const say = (key: string) => messages.translate(language, `orders.${key}`, { imported });
  if (state === 'succeeded') return say(dryRun ? 'import_tried_msg' : 'import_success_msg');
  if (state === 'cancelled') return say('import_cancelled_msg');
  if (state === 'failed' || state === 'unknown') return error ? tell(error, messages, language) : '';
  return checkpoint || state === 'running' ? say('import_progress_msg') : say('import_starting_msg');
}

/** Why it failed, in the language where the catalogue has it. */
function tell(
  { code, message, translation }: JobErrorRecord,
  messages: Messages,
  language: Language,
): string {
  const { key, params } = translation ?? { key: `orders.${code}` };
  const text = messages.translate(language, key, params);
  return text === key ? message : text;
}
