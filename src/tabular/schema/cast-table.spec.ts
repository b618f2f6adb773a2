import { describe, expect, it } from '@jest/globals';
import { heldMemory } from '../../../test/support/held-memory.js';
import { accessTo, workbook } from '../../../test/support/workbook.js';
import { readCsv } from '../csv/csv-reader.js';
import type { TableItem } from '../table-item.js';
import { readXlsx } from '../xlsx/xlsx-reader.js';
import { castTable, type CastTableOptions, toCopyLine } from './cast-table.js';
import { parseTableSchema } from './parse-table-schema.js';
import { TableErrors } from './table-error.js';

const { schema } = parseTableSchema({
  fields: [
    { name: 'id', type: 'integer', constraints: { required: true } },
    { name: 'Day', type: 'date', format: '%d/%m/%Y' },
    { name: 'note' },
  ],
});

async function* csv(text: string): AsyncGenerator<TableItem[]> {
  async function* source() {
    yield Buffer.from(text);
  }
  yield* readCsv(source());
}

async function cast(batches: AsyncIterable<TableItem[]>, options?: CastTableOptions) {
  const errors = new TableErrors();
  const rows: unknown[] = [];
  for await (const batch of castTable(batches, schema!, errors, options)) {
    batch.rows.forEach((row, index) => rows.push([batch.lines[index], ...row]));
  }
  return {
    rows,
    errors: errors.list.map(({ code, row, column, field }) => [code, row, column, field]),
    all: errors,
  };
}

describe('castTable', () => {
  it('finds the fields in the header, in any order and case, and leaves out rows at fault', async () => {
    const { rows, errors } = await cast(
      csv('\ufeffDAY,note, id \n31/01/2024,x,1\n1/2/24,x,y\nbad"quote,,\n,,3\n'),
    );
    expect(rows).toEqual([
      [2, '1', '2024-01-31', 'x'],
      [5, '3', null, null],
    ]);
    expect(errors).toEqual([
      ['type-or-format-error', 3, 3, 'id'],
      ['type-or-format-error', 3, 1, 'Day'],
      ['source-error', 4, null, null],
    ]);
  });

  it.each([
    ['id,Day\n1,,\n', [['missing-header', 1, null, 'note']]],
    ['id,Day,note,more\n', [['extra-header', 1, 4, 'more']]],
    ['id,Day,note,id\n', [['duplicate-header', 1, 4, 'id']]],
    ['id,,Day,note\n', [['blank-header', 1, 2, null]]],
    ['', [['source-error', null, null, null]]],
    ['id,"Day\n', [['source-error', 1, null, null]]],
  ])('tells what is wrong with the header %j, and reads no further', async (text, expected) => {
    const { rows, errors } = await cast(csv(text));
    expect(rows).toEqual([]);
    expect(errors).toEqual(expected);
  });

  it('keeps to case where it must, and where only case tells columns apart', async () => {
    const strict = await cast(csv('ID,Day,note\n1,,\n'), { caseSensitiveHeader: true });
    expect(strict.errors.map(([code]) => code)).toEqual(['missing-header', 'extra-header']);
    const two = await cast(csv('id,ID,Day,note\n1,2,,\n'));
    expect(two.errors).toEqual([['extra-header', 1, 2, 'ID']]);
  });

  it('takes the order of the schema without a header, and goes on with a layout', async () => {
    expect((await cast(csv('7,,x\n'), { header: false })).rows).toEqual([[1, '7', null, 'x']]);
    const layout = { sources: [2, 1, 0], width: 3 };
    expect((await cast(csv('x,,7\n'), { layout })).rows).toEqual([[1, '7', null, 'x']]);
  });

  it('reads a sheet of a workbook as it reads a file', async () => {
    const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const data =
      `<row>${text('note')}${text('id')}${text('Day')}</row>` +
      `<row>${text('x')}<c><v>1</v></c><c s="1"><v>45322</v></c></row>` +
      `<row r="9"><c r="B9"><v>2.5</v></c></row><row r="10"><c r="B10"><v>3</v></c></row>`;
    const bytes = await workbook({ sheets: { A: data }, formats: [14] });
    const { rows, errors, all } = await cast(readXlsx(accessTo(bytes)), { typedCells: true });
    expect(rows).toEqual([
      [2, '1', '2024-01-31', 'x'],
      [10, '3', null, null],
    ]);
    expect(errors).toEqual([['type-or-format-error', 9, 2, 'id']]);
    expect(all.list[0]!.message).toBe(
      `Row 9, column "id": '2.5' is not an integer. Remove the fraction or make the field a number.`,
    );
  });
});

describe('the text for COPY', () => {
  it('escapes what the format needs, and nothing else', () => {
    expect(toCopyLine(['1', null, '', 'a\tb\\c\r\nd', '\\N', 'é"'])).toBe(
      '1\t\\N\t\ta\\tb\\\\c\\r\\nd\t\\\\N\té"\n',
    );
  });
});

describe('S9: rows with patterns that take long', () => {
  const fields = Array.from({ length: 100 }, (_, index) => ({
    name: `f${index}`,
    constraints: { pattern: `(?:[01]|${index})*1[01]{15}` },
  }));
  /** Texts that look like noise, so that the engine cannot learn from one what to do with another. */
  let noise = 1;
  const text = () =>
    Array.from({ length: 1000 }, () => {
      noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
      return noise >>> 31;
    }).join('');
  const row = (line: number): TableItem => ({ line, fields: fields.map(text) });

  it('let others have their turn, and tell what takes too long', async () => {
    const long = parseTableSchema({ fields }).schema!;
    async function* batches() {
      yield Array.from({ length: 5 }, (_, index) => row(index + 1));
    }
    const errors = new TableErrors();
    let [largest, last] = [0, performance.now()];
    const beat = () => {
      largest = Math.max(largest, performance.now() - last);
      last = performance.now();
    };
    const timer = setInterval(beat, 1);
    for await (const _ of castTable(batches(), long, errors, { header: false }));
    clearInterval(timer);
    beat();
    expect(largest).toBeLessThan(1500);
    expect(errors.list.at(-1)).toMatchObject({
      code: 'pattern-constraint',
      message: expect.stringMatching(/cannot be compared with the pattern .+ Shorten them/),
    });
  });

  it('do not fill the memory', async () => {
    const long = parseTableSchema({ fields }).schema!;
    async function* batches() {
      for (let line = 1; line <= 12; line++) yield [row(line)];
    }
    const before = heldMemory();
    for await (const _ of castTable(batches(), long, new TableErrors(), { header: false }));
    expect(heldMemory() - before).toBeLessThan(200 * 1024 * 1024);
  });
});
