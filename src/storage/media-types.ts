/**
 * The media types of files with data, by the end of their names. What browsers would run or draw with what belongs to
 * it (HTML, SVG, XML, scripts) is not among them: it is served as bytes without a meaning.
 */
const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  md: 'text/plain',
  json: 'application/json',
  geojson: 'application/geo+json',
  ndjson: 'application/x-ndjson',
  zip: 'application/zip',
  gz: 'application/gzip',
  parquet: 'application/vnd.apache.parquet',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
};

/** What is served as bytes without a meaning: browsers save it. */
export const WITHOUT_MEANING = 'application/octet-stream';

/** The media type that an object is served with, whatever its sender said. */
export function mediaTypeOf(key: string): string {
  const ending = /\.([a-z]{2,8})$/i.exec(key)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(TYPES, ending) ? TYPES[ending]! : WITHOUT_MEANING;
}
