import type { IncomingHttpHeaders } from 'node:http';
import type { ByteRange, ObjectInfo } from '../../storage/index.js';

/** What of an object is sent: all, a part, nothing as the caller has it already, or nothing as the part is not there. */
export type Selection = 'all' | 'not-modified' | 'no-such-range' | Required<ByteRange>;

interface Headers extends Pick<IncomingHttpHeaders, 'if-none-match' | 'if-modified-since' | 'range'> {
  readonly 'if-range'?: string | string[] | undefined;
}

type Version = Pick<ObjectInfo, 'size' | 'modifiedAt'> & { readonly etag: string };

/** One range; of several (RFC 9110, 14.2, lets us choose) all is sent. */
const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * What a GET asks for (RFC 9110, 13.2.2 and 14.2).
 * @param version its `etag` with its quotation marks
 */
export function select(headers: Headers, version: Version): Selection {
  if (isKnown(headers, version)) return 'not-modified';
  const range = RANGE.exec(headers.range?.trim() ?? '');
  if (!range || !isSame(headers['if-range'], version)) return 'all';
  return rangeOf(range[1]!, range[2]!, version.size);
}

function isKnown(headers: Headers, { etag, modifiedAt }: Version): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && seconds(modifiedAt) * 1000 <= since;
}

/** Whether the caller has the beginning of this version; a date is good only for versions that are not new. */
function isSame(ifRange: Headers['if-range'], { etag, modifiedAt }: Version): boolean {
  if (ifRange === undefined) return true;
  if (typeof ifRange !== 'string') return false;
  if (ifRange.includes('"')) return ifRange.trim() === etag;
  const isSettled = Date.now() - modifiedAt.getTime() > 1000;
  return isSettled && Date.parse(ifRange) === seconds(modifiedAt) * 1000;
}

function rangeOf(first: string, last: string, size: number): Selection {
  if (first === '' && last === '') return 'all';
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return 'all'; // not a range at all
  return start >= size || (first === '' && Number(last) === 0) ? 'no-such-range' : { start, end };
}

/** Dates of HTTP have no smaller parts. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
