import { InvalidInputError } from '../../platform/errors/domain-error.js';

/** The upload ended before all of it was here: 400. Nothing was stored. */
export class UploadBrokenError extends InvalidInputError {
  constructor(cause: unknown) {
    super(
      'UPLOAD_BROKEN',
      'The upload ended before all of it had arrived. Nothing was stored: send it again.',
      {
        cause,
      },
    );
  }
}

/** What came is no form with a file: 400. */
export class UploadFormError extends InvalidInputError {
  constructor() {
    super(
      'UPLOAD_FORM_INVALID',
      'Send the upload as multipart/form-data: first the fields that you got, then the content as the field `file`.',
    );
  }
}

/** The object ends before the range begins: 416. */
export class RangeNotSatisfiableError extends InvalidInputError {
  constructor(size: number) {
    super(
      'RANGE_NOT_SATISFIABLE',
      `The object has ${size} bytes: ask for a range that begins before its end.`,
      {
        status: 416,
      },
    );
  }
}
