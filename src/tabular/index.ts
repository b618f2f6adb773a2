export { readCsv, type CsvReaderOptions } from './csv-reader.js';
export type { CsvFault, CsvFaultCode, CsvItem, CsvPosition, CsvRecord } from './csv-records.js';
export { csvWriter, type CsvRow, type CsvValue, type CsvWriterOptions } from './csv-writer.js';
export * from './tabular.errors.js';
