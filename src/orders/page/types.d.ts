/** What the server answers, as the page reads it. Optional is what not every version of the server tells. */
export type Status = 'PENDING' | 'PROGRESS' | 'SUCCESS' | 'FAILURE';

interface Counts {
  read: number;
  imported: number;
  /** Of the imported. */
  renumbered?: number;
  updated?: number;
  valid: number;
  invalid: number;
  duplicate: number;
  rejected: number;
}

export interface ImportStatus extends Counts {
  status: Status;
  message: string;
  error_code: string | null;
  percent: number;
  file_name?: string;
  size?: number;
  dry_run?: boolean;
  on_duplicate?: string;
}

export interface PastImport extends Counts {
  task_id: string;
  file_name: string;
  size: number;
  owner: string;
  created_at: string;
  dry_run: boolean;
  on_duplicate: string;
  status: Status;
}

export interface RejectedLine {
  line: number;
  column: string | null;
  value: string | null;
  message: string;
}

export interface Order {
  id: number;
  valid: boolean;
  name: string;
  email?: string;
  state?: string;
  zipcode?: string;
  birthday?: string;
  errors?: { rule: string; message: string }[];
}

export type Fields = Record<string, unknown>;

export interface Change {
  cause?: string;
  applied?: boolean;
  at?: string;
  actor?: string | null;
  file_name?: string | null;
  before?: Fields | null;
  after?: Fields | null;
}

/** How the operator set up the server. */
export interface Settings {
  anonymous: boolean;
  extensions: string[];
  /** Bytes. */
  upload_limit: number;
}
