import { InvalidInputError, NotFoundError } from '../../platform/errors/domain-error.js';

/** Also for packages that the caller may not see: whether they exist is not his business. */
export class PackageDataNotFoundError extends NotFoundError {
  constructor() {
    super(
      'PACKAGE_DATA_NOT_FOUND',
      'There is no such package with data, or it is not published. Look for it with GET /search/package.',
    );
  }
}

export class ResourceNotFoundError extends NotFoundError {
  constructor(names: readonly string[]) {
    super('RESOURCE_NOT_FOUND', `The package has no table of this name. It has: ${names.join(', ')}.`);
  }
}

export class PackageFileNotFoundError extends NotFoundError {
  constructor() {
    super('PACKAGE_FILE_NOT_FOUND', 'The package has no such file, or it is not kept here.');
  }
}

export class FilterInvalidError extends InvalidInputError {
  constructor(what: string) {
    super('FILTER_INVALID', `A filter is not valid: ${what}. Write it as filter=amount>=1000.`);
  }
}

export class ReadingParameterError extends InvalidInputError {
  constructor(message: string) {
    super('READING_PARAMETER_INVALID', message);
  }
}
