import pg from 'pg';

/** Names of the statements that are worth preparing, by their text. */
const names = new Map<string, string>();

/** Has the connections prepare this text under this name, once each. A name stands for one text only. */
export function prepareStatement(name: string, text: string): void {
  names.set(text, name);
}

/** A connection of the pool, with two things that the layers above it lack. */
export class PooledClient extends pg.Client {
  /**
   * Sends the texts that it was told of as named statements, in transactions of the ORM too: the server parses and
   * plans them once instead of each time.
   *
   * A ROLLBACK fails only where the connection is dead, and then the server has rolled back. The query builder gives
   * a connection back only after a ROLLBACK that succeeds: without this each crash of the server in the middle of a
   * transaction would cost the pool a connection for good, and closing the pool would wait for ever.
   */
  override query(...args: unknown[]): never {
    const [text, values, ...callback] = args;
    const send = super.query.bind(this) as (...query: unknown[]) => never;
    if (text === 'rollback') {
      return (send(...args) as Promise<unknown>).catch(() => ({
        command: 'ROLLBACK',
        rowCount: null,
        rows: [],
      })) as never;
    }
    const name = typeof text === 'string' ? names.get(text) : undefined;
    return name === undefined ? send(...args) : send({ name, text, values }, ...callback);
  }
}
