import { InvalidInputError, NotFoundError, TooLargeError } from '../platform/errors/domain-error.js';

/** A parameter of the list is not what it must be. `errors` names each; the texts are translated. */
export class OrderQueryError extends InvalidInputError {
  constructor(names: readonly string[]) {
    super(
      ORDER_QUERY_INVALID,
      `These parameters are not valid: ${names.join(', ')}. Correct or leave them out.`,
      {
        errors: names.map((path) => ({ path, message: 'is not valid' })),
      },
    );
  }
}
export const ORDER_QUERY_INVALID = 'ORDER_QUERY_INVALID';

export class OrderNotFoundError extends NotFoundError {
  constructor(id: string) {
    super('ORDER_NOT_FOUND', `There is no order ${id}. The list of orders shows which there are.`, {
      translation: { key: 'orders.order_not_found_msg', params: { id } },
    });
  }
}

/** The address names nothing that could be an order or an import, like an id that is no number. */
export class OrderAddressError extends NotFoundError {
  constructor() {
    super('ENDPOINT_NOT_FOUND', 'There is nothing at this address.', {
      translation: { key: 'orders.endpoint_not_found_error_msg' },
    });
  }
}

/** No file came, or not in the field `csv_file` of a form. */
export class OrderFileMissingError extends InvalidInputError {
  constructor() {
    super('ORDER_FILE_MISSING', 'Send one CSV file as multipart/form-data in the field csv_file.', {
      translation: { key: 'orders.csv_file_help_msg' },
    });
  }
}

export class TooManyOrderFilesError extends InvalidInputError {
  constructor() {
    super('ORDER_FILE_NOT_ALONE', 'Send one file at a time. Nothing was imported.', {
      translation: { key: 'orders.one_file_only_msg' },
    });
  }
}

/** The file's name has no allowed extension: 402, as the original has it. */
export class OrderFileExtensionError extends InvalidInputError {
  constructor(extensions: readonly string[]) {
    const allowed = extensions.map((extension) => `'.${extension}'`).join(', ');
    super('ORDER_FILE_EXTENSION', `Only ${allowed} files are taken. Send one of those.`, {
      status: 402,
      translation: { key: 'orders.file_extension_not_allowed_msg', params: { allowed } },
    });
  }
}

/** The file is larger than may be sent. */
export class OrderFileTooLargeError extends TooLargeError {
  constructor(maxBytes: number) {
    super('ORDER_FILE_TOO_LARGE', `The file has more than ${maxBytes} bytes. Send less at a time.`, {
      translation: { key: 'orders.file_too_large_msg', params: { maxBytes } },
    });
  }
}

/** The body breaks off or is no multipart form. */
export class OrderUploadBrokenError extends InvalidInputError {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      'ORDER_UPLOAD_BROKEN',
      `The upload cannot be read as multipart/form-data (${why}). Send it again.`,
      { cause, translation: { key: 'orders.upload_broken_msg', params: { why } } },
    );
  }
}

/** The first line of the file does not name the columns: nothing of the file can be read. */
export class OrderHeaderError extends InvalidInputError {
  constructor(
    expected: string,
    faults: Readonly<Record<'unknown' | 'missing' | 'repeated', readonly string[]>>,
  ) {
    const [unknown, missing, repeated] = [faults.unknown, faults.missing, faults.repeated].map(inFewWords);
    super(
      ORDER_HEADER_INVALID,
      `The first line of the file must name the columns ${expected} (unknown: ${unknown}; missing: ${missing}; ` +
        `repeated: ${repeated}). Correct it and send the file again, or say with ?map=name:column what a name ` +
        `means; ?map=name:- leaves it out.`,
      {
        translation: {
          key: 'orders.header_invalid_msg',
          params: { expected, unknown: unknown!, missing: missing!, repeated: repeated! },
        },
      },
    );
  }
}
export const ORDER_HEADER_INVALID = 'ORDER_HEADER_INVALID';

function inFewWords(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => name.slice(0, 40));
  return shown.length === 0 ? '–' : shown.join(', ');
}

/** The first line of the file is not there, too long, or no line of a CSV text. */
export class OrderHeaderUnreadableError extends InvalidInputError {
  /**
   * @param why in a sentence
   * @param key of the same in the catalogue
   * @param longest bytes that a header may have
   */
  constructor(why: string, key: string, longest: number) {
    super('ORDER_HEADER_UNREADABLE', `The first line of the file cannot be read. ${why}`, {
      translation: { key, params: { longest } },
    });
  }
}

/** Every id that an order can have is taken. */
export class OrderIdsExhaustedError extends InvalidInputError {
  constructor() {
    super('ORDER_IDS_EXHAUSTED', 'No id is free any more: orders cannot be renumbered.', {
      translation: { key: 'orders.ids_exhausted_msg' },
    });
  }
}
