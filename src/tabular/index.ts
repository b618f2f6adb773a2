export { readCsv, type CsvReaderOptions } from './csv/csv-reader.js';
export type { CsvEncoding, CsvFault, CsvFaultCode, CsvItem, CsvPosition, CsvRecord } from './csv/csv-item.js';
export {
  csvWriter,
  type CsvRow,
  type CsvValue,
  type CsvWriterOptions,
  withoutNeutralizer,
} from './csv/csv-writer.js';
export * from './tabular.errors.js';
export { utf8Stream } from './csv/utf8-stream.js';
export { MAX_PROBLEMS, type Problem } from './problem.js';
export type { TableFault, TableItem, TableRecord } from './table-item.js';
export { castTable, type CastBatch, type CastTableOptions, toCopyLine } from './schema/cast-table.js';
export { type CellValue, Column } from './schema/column.js';
export { layoutByHeader, layoutByOrder, type TableLayout } from './schema/header.js';
export { parseTableSchema, type ParsedTableSchema } from './schema/parse-table-schema.js';
export { TableCaster, type TableCasterOptions } from './schema/table-caster.js';
export { type TableError, type TableErrorCode, TableErrors } from './schema/table-error.js';
export type {
  FieldConstraints,
  FieldDescriptor,
  FieldTypeName,
  ForeignKey,
  TableSchema,
} from './schema/table-schema.js';
export { fileAccess, type RandomAccess } from './xlsx/random-access.js';
export { XlsxError, type XlsxErrorCode } from './xlsx/xlsx.errors.js';
export { listSheets, readXlsx, type XlsxReaderOptions } from './xlsx/xlsx-reader.js';
export { type CsvFormat, parseCsvFormat, type ParsedCsvFormat, readCsvFormat } from './csv/csv-format.js';
export type { DataPackage, DataResource, TableFormat } from './datapackage/data-package.js';
export { MAX_RESOURCES } from './datapackage/data-package-shape.js';
export { parseDataPackage, type ParsedDataPackage } from './datapackage/parse-data-package.js';
export { parseDescriptor } from './datapackage/parse-descriptor.js';
export { isUrl, pathComplaint } from './datapackage/resource-path.js';
export { type TypedColumn, typedColumns } from './fiscal/column-types.js';
export { type FactRow, factRows } from './fiscal/fact-rows.js';
export type { BabbageModel, FactColumn, FiscalModel } from './fiscal/fiscal-model.js';
export { factTableName, modelId, slug, UniqueNames } from './fiscal/fiscal-names.js';
export {
  fiscalGeneration,
  parseFiscalPackage,
  type ParsedFiscalPackage,
} from './fiscal/parse-fiscal-package.js';
export { inlineTable } from './datapackage/inline-table.js';
