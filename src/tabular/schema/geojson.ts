type Json = Record<string, unknown>;

/** How many lists the coordinates of a geometry lie in. */
const COORDINATE_DEPTH: Readonly<Record<string, number>> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
};
const LEAST_POINTS: Readonly<Record<string, number>> = {
  LineString: 2,
  MultiLineString: 2,
  Polygon: 4,
  MultiPolygon: 4,
};

/** Whether a value is a geometry, a feature or a collection of GeoJSON (RFC 7946). */
export function isGeoJson(value: unknown): boolean {
  if (!isJson(value)) return false;
  if (value['type'] === 'FeatureCollection') return isList(value['features'], isFeature);
  return isFeature(value) || isGeometry(value);
}

/** Whether a value is a topology of TopoJSON. */
export function isTopoJson(value: unknown): boolean {
  if (!isJson(value) || value['type'] !== 'Topology' || !isJson(value['objects'])) return false;
  const isArc = (arc: unknown) => isList(arc, isPosition);
  return isList(value['arcs'], isArc) && Object.values(value['objects']).every((object) => isJson(object));
}

function isFeature(value: unknown): boolean {
  if (!isJson(value) || value['type'] !== 'Feature') return false;
  const { geometry, properties } = value;
  const isKnown = geometry === null || isGeometry(geometry);
  return isKnown && (properties === null || isJson(properties));
}

function isGeometry(value: unknown): boolean {
  if (!isJson(value)) return false;
  const type = String(value['type']);
  if (type === 'GeometryCollection') return isList(value['geometries'], isGeometry);
  if (!Object.hasOwn(COORDINATE_DEPTH, type)) return false;
  return isNested(
    value['coordinates'],
    COORDINATE_DEPTH[type]!,
    LEAST_POINTS[type] ?? 0,
    type.endsWith('Polygon'),
  );
}

function isNested(value: unknown, depth: number, least: number, isRing: boolean): boolean {
  if (depth === 0) return isPosition(value);
  if (!Array.isArray(value) || (depth === 1 && value.length < least)) return false;
  if (depth === 1 && isRing && JSON.stringify(value[0]) !== JSON.stringify(value.at(-1))) return false;
  return value.every((item) => isNested(item, depth - 1, least, isRing));
}

function isPosition(value: unknown): boolean {
  return isList(value, (number) => typeof number === 'number') && (value as unknown[]).length >= 2;
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
