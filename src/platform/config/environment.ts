import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/**
 * The variables a process was started with, read once. Everything else asks a configuration section,
 * never `process.env`.
 */
export class Environment {
  readonly variables: Readonly<Record<string, string>>;

  /** @param variables name to text; an empty text counts as not set. */
  constructor(variables: Readonly<Record<string, string | undefined>>) {
    this.variables = Object.fromEntries(
      Object.entries(variables).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
    );
  }

  /** Reads `.env` of the working directory, if there is one, and the process environment, which wins where it says something. */
  static load(file = '.env'): Environment {
    const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
    return new Environment({ ...fromFile, ...new Environment(process.env).variables });
  }
}
