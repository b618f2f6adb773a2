import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  UnavailableError,
  UnprocessableError,
} from '../../platform/errors/domain-error.js';
import type { Problem, TableError, TableErrors } from '../../tabular/index.js';

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

/** All resources together; of one that is fetched the store says that it is too large. */
export class PackageTooLargeError extends UnprocessableError {
  constructor(limit: number) {
    super(
      'PACKAGE_TOO_LARGE',
      `The resources of the package have more than ${limit} bytes together. Make several packages of them.`,
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
  /** The same for those who may not read the file: where the mistakes are and of which kind, but not what stands there. */
  readonly withoutValues: string;

  constructor(file: string, { list, total }: TableErrors) {
    const named = list.slice(0, NAMED);
    const sentences = named.map(({ message }) => message);
    super('PACKAGE_DATA_INVALID', `${file}: ${sentences.join(' ')}${rest(total)}`);
    const places = named.map((error) => `${placeOf(error)}: ${error.code}.`);
    this.withoutValues = `${file}: ${places.join(' ')}${rest(total)} The values are told to the owner, with his token.`;
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

/** A load that was begun later has put its rows there already. */
export class LoadSupersededError extends ConflictError {
  constructor() {
    super(
      'LOAD_SUPERSEDED',
      'The package was loaded again before this load had ended. The data of the later load count.',
    );
  }
}

/** Something has taken the place of the load: a later load, or the deletion of the package. */
export class LoadEndedError extends ConflictError {
  constructor() {
    super(
      'LOAD_ENDED',
      'This load has ended: the package was loaded again since, or was deleted. Load it again with POST /package/upload.',
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

export class DatapackageTooLongError extends InvalidInputError {
  constructor(limit: number) {
    super(
      'DATAPACKAGE_TOO_LONG',
      `The address in datapackage is longer than ${limit} characters. Put the descriptor where its address is shorter.`,
    );
  }
}

export class LoadNotFoundError extends NotFoundError {
  constructor() {
    super('LOAD_NOT_FOUND', 'No package was loaded from this address. Start with POST /package/upload.');
  }
}

function placeOf({ row, column, field }: TableError): string {
  const places = [
    ...(row === null ? [] : [`row ${row}`]),
    ...(field !== null ? [`column "${field}"`] : column !== null ? [`column ${column}`] : []),
  ];
  const place = places.join(', ') || 'the table';
  return place[0]!.toUpperCase() + place.slice(1);
}

function rest(total: number): string {
  return total > NAMED ? ` And ${total - NAMED} more.` : '';
}
