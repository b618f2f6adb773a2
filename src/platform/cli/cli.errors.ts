import { ConflictError, InvalidInputError, NotFoundError } from '../errors/domain-error.js';

export class SchemaMissingError extends ConflictError {
  constructor() {
    super('SCHEMA_MISSING', 'The database has no tables yet: run `signalbox migrate up`.');
  }
}

export class SchemaOutdatedError extends ConflictError {
  constructor(pending: number) {
    super(
      'SCHEMA_OUTDATED',
      `The database lacks ${pending} migration${pending === 1 ? '' : 's'}: run \`signalbox migrate up\`.`,
    );
  }
}

export class MigrationNameError extends InvalidInputError {
  constructor() {
    super(
      'MIGRATION_NAME_INVALID',
      'The name of a migration has letters, digits and underscores, and starts with a letter.',
    );
  }
}

export class OpenApiStaleError extends ConflictError {
  constructor(file: string) {
    super(
      'OPENAPI_STALE',
      `${file} is not what the program serves: run \`signalbox openapi --out ${file}\` and commit it.`,
    );
  }
}

/** A file that a command was told to read or write cannot be read or written. */
export class FileAccessError extends NotFoundError {
  constructor(cause: Error) {
    super('FILE_NOT_ACCESSIBLE', `${cause.message}.`, { cause });
  }
}

export class NoServerRunsError extends ConflictError {
  constructor() {
    super(
      'NO_SERVER_RUNS',
      'Nothing answers at the embedded database, so it has no URL now: start the server, or use `signalbox db connect`.',
    );
  }
}

/** In the database's own words: who writes SQL knows how to read them. */
export class QueryRefusedError extends InvalidInputError {
  constructor(cause: Error) {
    super('QUERY_REFUSED', `The database refuses this: ${cause.message}.`, { cause });
  }
}
