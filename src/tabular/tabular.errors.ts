import { InvalidInputError } from '../platform/errors/domain-error.js';
import { shown } from './problem.js';

/** The table cannot be read or written at all: 400. What is wrong with one record alone is not an exception. */
export class TabularError extends InvalidInputError {}

/** The text begins with the mark of another encoding. */
export class CsvEncodingError extends TabularError {
  constructor() {
    super('CSV_ENCODING', 'The file is UTF-16. Save it as UTF-8 and send it again.');
  }
}

/** The delimiter is not one that the reader can tell from the rest. */
export class CsvDelimiterError extends TabularError {
  constructor() {
    super(
      'CSV_DELIMITER_INVALID',
      'The delimiter of a CSV file is one ASCII character other than a quote or a line break. Choose another.',
    );
  }
}

/** A record to write has more or fewer values than the table has columns. */
export class CsvColumnCountError extends TabularError {
  constructor(record: number, actual: number, expected: number) {
    super(
      'CSV_COLUMN_COUNT',
      `Record ${record} has ${actual} values for ${expected} columns. Give one value for each column.`,
    );
  }
}

/** More values than can be held in memory would have to be compared with each other. */
export class TableUniqueLimitError extends TabularError {
  constructor(limit: number) {
    super(
      'TABLE_UNIQUE_LIMIT',
      `The table has more than ${limit} rows with a value that must be unique, which is more than can be checked. Split it, or remove the constraint.`,
    );
  }
}

/** A code that is put behind those of its parents becomes longer than any code is. */
export class CodeTooLongError extends TabularError {
  constructor(field: string, limit: number) {
    super(
      'FISCAL_CODE_TOO_LONG',
      `A code of the field "${shown(field)}" has more than ${limit} characters together with those of its parents. Shorten it, or take \`parent\` out of the model.`,
    );
  }
}

/** The text is no descriptor at all. What is wrong inside of one is told as problems. */
export class DescriptorError extends TabularError {
  constructor(complaint: string) {
    super('DESCRIPTOR_UNREADABLE', `The descriptor ${complaint}.`);
  }
}
