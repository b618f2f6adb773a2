import { type DataColumn, quoted, sqlType } from '../tables/data-table.js';
import { FilterInvalidError } from './reading.errors.js';

/** SQL that rows have to fulfil; its parameters begin with the number that `rowFilter` was given. */
export interface RowFilter {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What comes between a field and a value, longer ones first, as SQL has it. */
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['!=', 'is distinct from'],
  ['<=', '<='],
  ['>=', '>='],
  ['=', '='],
  ['<', '<'],
  ['>', '>'],
  ['~', 'contains'],
]);
/** More are a mistake. */
const MAX_FILTERS = 20;
/** Types that have no order and no equality worth asking for. */
const AS_TEXT = new Set(['geopoint', 'geojson', 'object', 'array']);

/**
 * Reads filters such as `region=North`, `amount>=1000`, `note~repair` (contains, whatever the case) and `note=` (is
 * missing). All of them have to hold.
 * @param first number of the first parameter
 * @throws FilterInvalidError
 */
export function rowFilter(
  filters: readonly string[],
  columns: readonly DataColumn[],
  first: number,
): RowFilter {
  if (filters.length > MAX_FILTERS) throw new FilterInvalidError(`there are more than ${MAX_FILTERS}`);
  const parameters: unknown[] = [];
  const conditions = filters.map((filter) => {
    const { column, operator, value } = split(filter, columns);
    const name = AS_TEXT.has(column.type) ? `${quoted(column.name)}::text` : quoted(column.name);
    if (value === '' && operator === '=') return `(${name} is null)`;
    if (value === '' && operator === 'is distinct from') return `(${name} is not null)`;
    parameters.push(operator === 'contains' ? `%${value.replace(/[\\%_]/g, '\\$&')}%` : value);
    const place = `$${first + parameters.length - 1}`;
    if (operator === 'contains') return `(${name}::text ilike ${place}::text)`;
    return `(${name} ${operator} ${place}::${AS_TEXT.has(column.type) ? 'text' : sqlType(column)})`;
  });
  return { sql: ['true', ...conditions].join(' and '), parameters };
}

function split(filter: string, columns: readonly DataColumn[]) {
  // The longest name that fits: that of one field may be the beginning of another's.
  const [column] = columns
    .filter(({ field }) => filter.startsWith(field) && operatorAfter(filter, field) !== undefined)
    .sort((a, b) => b.field.length - a.field.length);
  if (!column)
    throw new FilterInvalidError(
      `'${filter.slice(0, 80)}' does not begin with a field and one of =, !=, <, <=, >, >=, ~`,
    );
  const [written, operator] = operatorAfter(filter, column.field)!;
  const value = filter.slice(column.field.length + written.length);
  if (value.includes('\0')) throw new FilterInvalidError('a value holds a NUL character');
  return { column, operator, value };
}

function operatorAfter(filter: string, field: string): [string, string] | undefined {
  return [...OPERATORS].find(([written]) => filter.startsWith(written, field.length));
}
