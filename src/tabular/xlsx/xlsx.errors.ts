import { TabularError } from '../tabular.errors.js';

/** What may be wrong with a workbook as a whole. */
export type XlsxErrorCode =
  | 'XLSX_NOT_A_WORKBOOK'
  | 'XLSX_OLD_FORMAT'
  | 'XLSX_ENCRYPTED'
  | 'XLSX_DAMAGED'
  | 'XLSX_TOO_LARGE'
  | 'XLSX_UNSAFE'
  | 'XLSX_SHEET_UNKNOWN';

/** The workbook cannot be read: 400. */
export class XlsxError extends TabularError {
  constructor(code: XlsxErrorCode, message: string) {
    super(code, message);
  }

  /** A part of the file is not what it should be. */
  static damaged(what: string): XlsxError {
    return new XlsxError(
      'XLSX_DAMAGED',
      `The workbook is damaged: ${what}. Open it, save it again and send that.`,
    );
  }

  /** The file needs more room or time than it gets. */
  static tooLarge(what: string): XlsxError {
    return new XlsxError(
      'XLSX_TOO_LARGE',
      `The workbook is too large: ${what}. Save the sheet as CSV and send that.`,
    );
  }
}
