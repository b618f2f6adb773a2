import { closeSync, openSync, writeSync } from 'node:fs';

/** A table of payments: its schema, and the table of PostgreSQL that rows of packages with that schema are kept in. */
export const PAYMENTS = {
  name: 'bench',
  resources: [
    {
      name: 'payments',
      path: 'data.csv',
      schema: {
        fields: [
          { name: 'number', type: 'integer', constraints: { required: true } },
          { name: 'title', type: 'string' },
          { name: 'amount', type: 'number' },
          { name: 'paid', type: 'date' },
          { name: 'entered', type: 'datetime' },
          { name: 'year', type: 'year' },
          { name: 'open', type: 'boolean' },
          { name: 'note', type: 'string' },
        ],
      },
    },
  ],
};

export const PAYMENTS_TABLE = `(
  _id bigint generated always as identity primary key,
  number bigint, title text, amount numeric, paid date, entered timestamp, year integer, open boolean, note text
)`;

const ROWS_PER_WRITE = 10_000;

/** Writes a CSV file of so many payments. */
export function writePayments(path: string, rows: number): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, `${PAYMENTS.resources[0]!.schema.fields.map(({ name }) => name).join(',')}\n`);
    for (let row = 0; row < rows; row += ROWS_PER_WRITE) {
      const count = Math.min(ROWS_PER_WRITE, rows - row);
      writeSync(file, Array.from({ length: count }, (_, index) => payment(row + index)).join(''));
    }
  } finally {
    closeSync(file);
  }
}

function payment(row: number): string {
  const day = `2024-${two((row % 12) + 1)}-${two((row % 28) + 1)}`;
  const values = [
    row,
    `Payment ${row} for services`,
    `${row * 13}.${two(row % 100)}`,
    day,
    `${day}T${two(row % 24)}:${two(row % 60)}:00Z`,
    1990 + (row % 40),
    row % 2 === 0,
    row % 5 === 0 ? '' : `"note, number ${row}"`,
  ];
  return `${values.join(',')}\n`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
