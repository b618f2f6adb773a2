import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  TooLargeError,
} from '../platform/errors/domain-error.js';

/** There is no such package, or the caller may not know of it. */
export class PackageNotFoundError extends NotFoundError {
  constructor() {
    super('PACKAGE_NOT_FOUND', 'There is no such package. The list of packages shows which there are.');
  }
}

/** Owner and name cannot be the id of a package. */
export class PackageNameError extends InvalidInputError {
  constructor() {
    super(
      'PACKAGE_NAME_INVALID',
      'The name of the package is missing, too long or has control characters in it. Give it a short one in datapackage.json.',
    );
  }
}

/** No credentials came at all: 403, as clients of the Conductor know it. */
export class PackageTokenMissingError extends ForbiddenError {
  constructor() {
    super(
      'TOKEN_MISSING',
      'No token came. Send one as jwt in the query or in a form, as Auth-Token or as Authorization: Bearer.',
    );
  }
}

/** A parameter that the request cannot do without did not come. */
export class PackageParameterMissingError extends InvalidInputError {
  constructor(name: string) {
    super('PARAMETER_MISSING', `The parameter ${name} is missing. Send it in the query or in a form.`, {
      errors: [{ path: name, message: 'is missing' }],
    });
  }
}

/** `publish` says neither yes nor no. */
export class PublishValueError extends InvalidInputError {
  constructor() {
    super('PUBLISH_VALUE_INVALID', 'publish must be true, false or toggle.', {
      errors: [{ path: 'publish', message: 'must be true, false or toggle' }],
    });
  }
}

/** The default parameters of a package lack their text; the words are those of the original. */
export class PackageParamsError extends InvalidInputError {
  constructor() {
    super('PACKAGE_PARAMS_INVALID', "No 'params' key or bad params value.", {
      errors: [{ path: 'params', message: 'must be a text' }],
    });
  }
}

/** The default parameters are read with each search, so they are kept small. */
export class PackageParamsTooLargeError extends TooLargeError {
  constructor(limit: number) {
    super('PACKAGE_PARAMS_TOO_LARGE', `The parameters are larger than ${limit} bytes. Send fewer.`);
  }
}

/** Only packages can be searched for. */
export class SearchKindError extends InvalidInputError {
  constructor() {
    super('SEARCH_KIND_UNKNOWN', 'Only packages can be searched for: /search/package.');
  }
}

/** A parameter of a search is not what it must be. */
export class PackageSearchError extends InvalidInputError {
  /** @param message completes a sentence that begins with the name of the parameter */
  constructor(name: string, message: string) {
    const path = name.slice(0, 100);
    super('SEARCH_PARAMETER_INVALID', `The parameter ${path} ${message}.`, { errors: [{ path, message }] });
  }
}
