import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  UnavailableError,
  UnprocessableError,
} from '../../platform/errors/domain-error.js';
import type { Problem, TableErrors } from '../../tabular/index.js';

/** So many mistakes are named in one sentence each; whoever mends them finds the rest with the next load. */
const NAMED = 10;

/** The object belongs to somebody else, or to nobody: which, is not told. */
export class ForeignFileError extends ForbiddenError {
  constructor() {
    super(
      'PACKAGE_FILE_FOREIGN',
      'A file of the package is kept here under the name of another owner. Upload it under your own, or give an address elsewhere.',
    );
  }
}

export class PackageFileMissingError extends NotFoundError {
  constructor(url: string) {
    super('PACKAGE_FILE_MISSING', `There is no file at ${url}. Upload it first, or correct the address.`);
  }
}

/** The server of the file says no: whether it would say yes later nobody knows. */
export class PackageFileRefusedError extends UnprocessableError {
  constructor(url: string, status: number) {
    super('PACKAGE_FILE_REFUSED', `HTTP ${status} from ${url}. Correct the address, or look at that server.`);
  }
}

/** The server of the file has a bad day: it is asked again. */
export class PackageFileUnavailableError extends UnavailableError {
  constructor(url: string, status: number) {
    super('PACKAGE_FILE_UNAVAILABLE', `HTTP ${status} from ${url}. Load the package again later.`);
  }
}

export class DescriptorTooLargeError extends UnprocessableError {
  constructor(limit: number) {
    super(
      'DESCRIPTOR_TOO_LARGE',
      `The descriptor is larger than ${limit} bytes. Keep the data in files beside it. A schema that it refers to counts as often as it is named.`,
    );
  }
}

export class NothingToLoadError extends UnprocessableError {
  constructor() {
    super(
      'PACKAGE_WITHOUT_TABLES',
      'No resource of the package is a table: a CSV file, a workbook (.xlsx) or rows in `data`, with a schema. Give one a schema.',
    );
  }
}

/** The descriptor breaks rules of Data Package or of Fiscal Data Package. */
export class DescriptorInvalidError extends UnprocessableError {
  constructor(problems: readonly Problem[]) {
    const named = problems.slice(0, NAMED).map(({ message }) => message);
    super('DESCRIPTOR_INVALID', `The descriptor is not valid. ${named.join(' ')}${rest(problems.length)}`);
  }
}

/** Rows of a resource that do not keep to its schema. */
export class PackageDataError extends UnprocessableError {
  constructor(file: string, { list, total }: TableErrors) {
    const named = list.slice(0, NAMED).map(({ message }) => message);
    super('PACKAGE_DATA_INVALID', `${file}: ${named.join(' ')}${rest(total)}`);
  }
}

/** The primary key of the schema does not tell all rows apart. */
export class DuplicateKeyError extends UnprocessableError {
  constructor(file: string, fields: readonly string[], row: number, earlier: number) {
    super(
      'PACKAGE_KEY_NOT_UNIQUE',
      `${file}: data row ${row} has the same ${fields.join(', ')} as data row ${earlier}. Remove one of them, or take the fields out of what is to be unique.`,
    );
  }
}

export class FileChangedError extends ConflictError {
  constructor(file: string) {
    super('PACKAGE_FILE_CHANGED', `${file} was replaced while it was being loaded. Load the package again.`);
  }
}

/** A load that was begun later has put its rows there already, or is about to. */
export class LoadSupersededError extends ConflictError {
  constructor() {
    super(
      'LOAD_SUPERSEDED',
      'The package was loaded again before this load had ended. The data of the later load count.',
    );
  }
}

export class TooManyFieldsError extends UnprocessableError {
  constructor(file: string, fields: number, limit: number) {
    super(
      'PACKAGE_TOO_WIDE',
      `${file} has ${fields} fields; a table holds ${limit} at most. Put some of them into another resource.`,
    );
  }
}

/** A row of many short values does not fit into a page of the database. */
export class RowsTooWideError extends UnprocessableError {
  constructor(file: string) {
    super(
      'PACKAGE_ROWS_TOO_WIDE',
      `${file} has rows with more values than the database keeps in one. Put some of the fields into another resource.`,
    );
  }
}

/** Whoever reports how a load of the external loader is getting on has to show the address that was given to it. */
export class CallbackRefusedError extends ForbiddenError {
  constructor() {
    super(
      'CALLBACK_REFUSED',
      'This address was not given to the loader for this package, or it has expired.',
    );
  }
}

export class DatapackageMissingError extends InvalidInputError {
  constructor() {
    super('DATAPACKAGE_MISSING', 'Say which package: datapackage=<address of its datapackage.json>.');
  }
}

export class LoadNotFoundError extends NotFoundError {
  constructor() {
    super('LOAD_NOT_FOUND', 'No package was loaded from this address. Start with POST /package/upload.');
  }
}

function rest(total: number): string {
  return total > NAMED ? ` And ${total - NAMED} more.` : '';
}
