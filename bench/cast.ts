/**
 * `npm run bench:cast`: rows of ten columns through a table schema, against a loop that calls `Number()` and `String()`
 * on the same cells and checks nothing. `BENCH_ROWS` sets how many rows (300,000), `BENCH_ROUNDS` how often (3).
 */
import { parseTableSchema, TableCaster, TableErrors, toCopyLine } from '../src/tabular/index.js';
import { atLeast, forComparison, inTurn, report, times } from './support/report.js';

const ROWS = Number(process.env['BENCH_ROWS'] ?? 300_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
/** Different rows, one after the other again and again, so that the garbage of a big table is not measured. */
const KINDS = 1000;

const { schema, problems } = parseTableSchema({
  fields: [
    { name: 'id', type: 'integer', constraints: { required: true, minimum: 0 } },
    { name: 'title', constraints: { maxLength: 80 } },
    { name: 'amount', type: 'number' },
    { name: 'rate', type: 'number', constraints: { minimum: 0, maximum: 100 } },
    { name: 'paid', type: 'date' },
    { name: 'entered', type: 'datetime' },
    { name: 'year', type: 'year' },
    { name: 'open', type: 'boolean' },
    { name: 'kind', constraints: { enum: ['capital', 'current', 'other'] } },
    { name: 'note' },
  ],
});
if (!schema) throw new Error(JSON.stringify(problems));

const two = (value: number) => String(value).padStart(2, '0');
const rows = Array.from({ length: KINDS }, (_, index) => {
  const day = `2024-${two((index % 12) + 1)}-${two((index % 28) + 1)}`;
  return [
    String(index * 7919),
    `Payment number ${index} for services`,
    `${index * 13}.${two(index % 100)}`,
    `${index % 100}.5`,
    day,
    `${day}T${two(index % 24)}:${two(index % 60)}:00Z`,
    String(1990 + (index % 40)),
    index % 2 ? 'true' : 'false',
    ['capital', 'current', 'other'][index % 3]!,
    index % 5 ? `note ${index}` : '',
  ];
});

/** Rows a second. */
async function perSecond(run: (row: string[], line: number) => unknown): Promise<number> {
  const begun = performance.now();
  for (let line = 0; line < ROWS; line++) run(rows[line % KINDS]!, line);
  return (ROWS / (performance.now() - begun)) * 1000;
}

const caster = new TableCaster(schema);
const errors = new TableErrors();
const numeric = new Set([0, 2, 3, 6]);
let sink = 0;

const speed = await inTurn(ROUNDS, {
  'bare loop': () =>
    perSecond((row) => {
      const values = row.map((text, index) => (numeric.has(index) ? Number(text) : String(text)));
      sink += values.length;
    }),
  cast: () => perSecond((row, line) => (sink += caster.cast(row, line, errors)!.length)),
  'cast and COPY text': () =>
    perSecond((row, line) => (sink += toCopyLine(caster.cast(row, line, errors)!).length)),
});
if (errors.total > 0 || sink === 0) throw new Error(errors.list[0]?.message);
console.log('rows/s:', speed.medians());
report(`bench:cast, ${ROWS} rows of ${schema.fields.length} columns`, [
  atLeast(300_000, 'rows cast', speed.median('cast'), (value) => `${Math.round(value)}/s`),
  forComparison('cast / bare loop', times(speed.ratio('cast', 'bare loop'))),
  forComparison('cast and COPY text / bare loop', times(speed.ratio('cast and COPY text', 'bare loop'))),
]);
