import pg from 'pg';

/** Names of the statements that are worth preparing, by their text. */
const names = new Map<string, string>();

/** Has the connections prepare this text under this name, once each. A name stands for one text only. */
export function prepareStatement(name: string, text: string): void {
  names.set(text, name);
}

/**
 * A connection that sends the texts it was told of as named statements, in transactions of the ORM too: the server
 * parses and plans them once instead of each time.
 */
export class PreparingClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text, values, ...callback] = args;
    const name = typeof text === 'string' ? names.get(text) : undefined;
    const query = name === undefined ? args : [{ name, text, values }, ...callback];
    return (super.query as (...query: unknown[]) => never)(...query);
  }
}
