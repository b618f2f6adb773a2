import { castDecimal } from './decimals.js';
import type { Cast, FieldType } from './field-type.js';
import { isGeoJson, isTopoJson } from './geojson.js';

/** Deepest nesting of the JSON in a cell; a database gives up much later, but with the whole statement. */
const MAX_DEPTH = 64;
const LONG_EXPONENT = /[eE][+-]?\d{4}/;

/** The types `object` and `array`: JSON, kept as it is written. */
export function jsonType(type: 'object' | 'array'): FieldType {
  const isOne = type === 'array' ? Array.isArray : isPlainObject;
  return {
    cast: (text) => {
      const value = parseJson(text, type === 'array' ? '[' : '{');
      return isOne(value) ? text.trim() : undefined;
    },
    explain: () =>
      type === 'array'
        ? 'is not a JSON array. Write it as ["a", "b"].'
        : 'is not a JSON object. Write it as {"name": "value"}.',
    lengthOf: (value) => Object.keys(JSON.parse(value) as object).length,
    isJson: true,
    isTrimmed: true,
  };
}

/** The type `geojson` in its formats `default` (GeoJSON) and `topojson`. */
export function geojsonType(format = 'default'): FieldType {
  const [isOne, name] = format === 'topojson' ? [isTopoJson, 'TopoJSON'] : [isGeoJson, 'GeoJSON'];
  return {
    cast: (text) => (isOne(parseJson(text, '{')) ? text.trim() : undefined),
    explain: () => `is not ${name}. Check its "type" and what that type has to hold.`,
    isJson: true,
    isTrimmed: true,
  };
}

/** The type `geopoint` in its formats `default` ("lon, lat"), `array` and `object`; the canonical text is [lon,lat]. */
export function geopointType(format = 'default'): FieldType {
  const example = { array: '[4.9, 52.4]', object: '{"lon": 4.9, "lat": 52.4}' }[format] ?? '4.9, 52.4';
  const cast: Cast = (text) => {
    const [lon, lat] =
      format === 'default' ? splitPair(text) : pairOf(parseJson(text, format === 'array' ? '[' : '{'));
    return isWithin(lon, 180) && isWithin(lat, 90) ? `[${lon},${lat}]` : undefined;
  };
  return {
    cast,
    explain: () =>
      `is not a point on the globe. Write longitude (-180 to 180) and latitude (-90 to 90) as ${example}.`,
    isJson: true,
    isTrimmed: true,
  };
}

function splitPair(text: string): (string | undefined)[] {
  const parts = text.split(',', 3);
  return parts.length === 2 ? parts.map((part) => castDecimal(part.trim())) : [];
}

function pairOf(value: unknown): (string | undefined)[] {
  if (Array.isArray(value)) return value.length === 2 ? value.map(coordinate) : [];
  if (!isPlainObject(value)) return [];
  return [coordinate(value['lon']), coordinate(value['lat'])];
}

function coordinate(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'string'
    ? castDecimal(String(value).trim())
    : undefined;
}

function isWithin(value: string | undefined, limit: number): boolean {
  return value !== undefined && Math.abs(Number(value)) <= limit;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a JSON text that a database can keep; undefined where it is none or does not begin as it should. */
function parseJson(text: string, begin: string): unknown {
  if (!text.trimStart().startsWith(begin)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isLong = LONG_EXPONENT.test(text) && LONG_EXPONENT.test(withoutStrings(text));
  return isLong || !isStorable(value, 1, text.includes('\\u') || !text.isWellFormed()) ? undefined : value;
}

/** What of a valid JSON text stands outside of its strings. */
function withoutStrings(text: string): string {
  let outside = '';
  for (let at = 0; at < text.length; at++) {
    const start = text.indexOf('"', at);
    if (start === -1) return outside + text.slice(at);
    outside += text.slice(at, start);
    for (at = start + 1; text.charAt(at) !== '"'; at++) if (text.charAt(at) === '\\') at++;
  }
  return outside;
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair in JSON; both can be written as an escape. */
function isStorable(value: unknown, depth: number, checkTexts: boolean): boolean {
  if (typeof value === 'string') return !checkTexts || isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isStorable(item, depth + 1, checkTexts));
  return Object.entries(value).every(
    ([name, item]) => isStorable(name, depth, checkTexts) && isStorable(item, depth + 1, checkTexts),
  );
}

function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
