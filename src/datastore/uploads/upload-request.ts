import type { FieldError } from '../../platform/errors/domain-error.js';
import { isMd5Base64 } from '../../storage/index.js';
import { UploadRequestInvalidError } from '../datastore.errors.js';

/** A file that somebody wants to upload. */
export interface WantedFile {
  readonly path: string;
  readonly name: string;
  /** As it was sent: clients send a number or its digits, and get back the same. */
  readonly length: number | string;
  readonly bytes: number;
  readonly md5Base64: string;
  /** In hex. */
  readonly md5: string;
  readonly type: string | undefined;
  /** All that is said of the file, as texts. */
  readonly values: Readonly<Record<string, string>>;
}

export interface UploadBounds {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

type Fields = Readonly<Record<string, unknown>>;

const LENGTH = /^\d{1,15}$/;
const MAX_TEXT = 255;
const MAX_PATH = 1024;
const MOST_ERRORS = 20;

/** A text of the metadata; undefined where it does not come, or is empty. */
export function metadataText(metadata: unknown, name: string): string | undefined {
  const value = (Object(metadata) as Fields)[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * Reads a text of the metadata that may be missing.
 * @throws UploadRequestInvalidError if it is no text, is too long or, as the name of a dataset, holds a slash
 */
export function optionalMetadata(metadata: Fields, name: string): string | null {
  const value = metadata[name] ?? '';
  const path = `metadata.${name}`;
  if (typeof value !== 'string' || value.length > MAX_TEXT || value.includes('\0')) {
    const message = `it must be a text of at most ${MAX_TEXT} characters`;
    throw new UploadRequestInvalidError([{ path, message }]);
  }
  return value === '' ? null : value;
}

/**
 * Reads the descriptions of the files.
 * @throws UploadRequestInvalidError, which names what is wrong with each
 */
export function wantedFiles(filedata: Fields, { maxFiles, maxBytes }: UploadBounds): WantedFile[] {
  const entries = Object.entries(filedata);
  if (entries.length === 0 || entries.length > maxFiles) {
    const message = `it must hold 1 to ${maxFiles} files, each under its path`;
    throw new UploadRequestInvalidError([{ path: 'filedata', message }]);
  }
  const errors: FieldError[] = [];
  const files = entries.flatMap(([path, described]) => {
    const faults = [...pathFaults(path), ...faultsOf(described, maxBytes)];
    errors.push(...faults.map(([field, message]) => ({ path: fieldPath(path, field), message })));
    return faults.length > 0 ? [] : [wantedFile(path, described as DescribedFile)];
  });
  if (errors.length > 0) throw new UploadRequestInvalidError(errors.slice(0, MOST_ERRORS));
  return files;
}

/** Where a field of a file stands. */
export function fieldPath(path: string, field = ''): string {
  const short = path.length > MAX_TEXT ? `${path.slice(0, MAX_TEXT)}…` : path;
  return `filedata.${short}${field === '' ? '' : `.${field}`}`;
}

interface DescribedFile extends Fields {
  readonly length: number | string;
  readonly md5: string;
  readonly name: string;
  readonly type?: string | null;
}

function pathFaults(path: string): [field: string, message: string][] {
  if (path !== '' && path.length <= MAX_PATH && !path.includes('\0')) return [];
  return [['', `its path must be a text of 1 to ${MAX_PATH} characters`]];
}

function faultsOf(described: unknown, maxBytes: number): [field: string, message: string][] {
  if (typeof described !== 'object' || described === null || Array.isArray(described)) {
    return [['', 'it must be an object with length, md5 and name']];
  }
  const { length, md5, name, type } = described as Fields;
  const faults: [string, string][] = [];
  if ((typeof length !== 'number' && typeof length !== 'string') || !LENGTH.test(String(length))) {
    faults.push(['length', 'it must be the length of the file in bytes']);
  } else if (Number(length) > maxBytes) {
    faults.push(['length', `a file can have ${maxBytes} bytes at most; split it`]);
  }
  if (typeof md5 !== 'string' || !isMd5Base64(md5)) {
    faults.push(['md5', 'it must be the MD5 of the file: its 16 bytes in base64']);
  }
  if (typeof name !== 'string' || name === '') faults.push(['name', 'it must be the name of the file']);
  if (type !== undefined && type !== null && typeof type !== 'string') {
    faults.push(['type', 'it must be a media type such as text/csv']);
  }
  return faults;
}

function wantedFile(path: string, described: DescribedFile): WantedFile {
  const { length, md5, name, type } = described;
  const texts = Object.entries(described).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return {
    ...{ path, name, length },
    bytes: Number(length),
    md5Base64: md5,
    md5: Buffer.from(md5, 'base64').toString('hex'),
    type: type === null || type === '' ? undefined : type,
    values: Object.fromEntries(texts.map(([field, value]) => [field, String(value)])),
  };
}
