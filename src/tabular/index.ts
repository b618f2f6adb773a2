export { readCsv, type CsvReaderOptions } from './csv-reader.js';
export type { CsvEncoding, CsvFault, CsvFaultCode, CsvItem, CsvPosition, CsvRecord } from './csv-item.js';
export {
  csvWriter,
  type CsvRow,
  type CsvValue,
  type CsvWriterOptions,
  withoutNeutralizer,
} from './csv-writer.js';
export * from './tabular.errors.js';
export { utf8Stream } from './utf8-stream.js';
