/** How the characters of a text are told apart; null while all of them were ASCII, which all encodings share. */
export type CsvEncoding = 'utf-8' | 'windows-1252' | null;

/** Where a record lies in its source. `{ offset: endOffset, line: nextLine, encoding }` is where to go on after it. */
export interface CsvPosition {
  /** Line on which the record begins, from 1. */
  readonly line: number;
  /** Line after the record; a quoted field may hold line breaks. */
  readonly nextLine: number;
  /** Bytes from the beginning of the source to the record. */
  readonly offset: number;
  /** Bytes from the beginning of the source to the end of the record, its line break included. */
  readonly endOffset: number;
  /** What the text is known to be written in, this record included. */
  readonly encoding: CsvEncoding;
}

/** The values of one record, as many as it has. */
export interface CsvRecord extends CsvPosition {
  readonly fields: string[];
  readonly error?: undefined;
}

export type CsvFaultCode =
  'CSV_QUOTE_INVALID' | 'CSV_QUOTE_UNCLOSED' | 'CSV_NUL' | 'CSV_NOT_UTF8' | 'CSV_RECORD_TOO_LARGE';

/** A record that cannot be read; reading goes on after it. */
export interface CsvFault extends CsvPosition {
  readonly error: { readonly code: CsvFaultCode; readonly message: string };
  /** What stands there, as far as it can be read; the beginning of it where it is too large. */
  readonly text: string;
  readonly fields?: undefined;
}

export type CsvItem = CsvRecord | CsvFault;

const MESSAGES: Record<CsvFaultCode, string> = {
  CSV_QUOTE_INVALID:
    'A quote stands where none may be. Quote the whole field, and double each quote inside of it.',
  CSV_QUOTE_UNCLOSED: 'A quote is opened and never closed. Close it, or leave it out.',
  CSV_NUL: 'The record holds a NUL character. Remove it.',
  CSV_NOT_UTF8: 'The record is not UTF-8. Save the file as UTF-8.',
  CSV_RECORD_TOO_LARGE: 'The record is too long. Check its line breaks, and that each quote in it is closed.',
};

/** A fault as it is told of. */
export function faultOf(code: CsvFaultCode): Pick<CsvFault, 'error'> {
  return { error: { code, message: MESSAGES[code] } };
}
