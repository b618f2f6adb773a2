import pg from 'pg';

/** Names of the statements that are worth preparing, by their text. */
const names = new Map<string, string>();

/** Has the connections prepare this text under this name, once each. A name stands for one text only. */
export function prepareStatement(name: string, text: string): void {
  names.set(text, name);
}

/** A connection of the pool, with two things that the layers above it lack. */
export class PooledClient extends pg.Client {
  /** Gives the connection back to its pool, to be thrown away; the pool sets it. */
  declare release?: (destroy: boolean) => void;

  /**
   * Sends the texts that it was told of as named statements, in transactions of the ORM too: the server parses and
   * plans them once instead of each time.
   *
   * The query builder gives a connection back only after a COMMIT or ROLLBACK that succeeds, and not at all where
   * BEGIN fails: each crash of the server would cost the pool connections for good, and closing it would wait for
   * ever. A ROLLBACK fails only where the connection is dead, and then the server has rolled back.
   */
  override query(...args: unknown[]): never {
    const [text, values, ...callback] = args;
    const send = super.query.bind(this) as (...query: unknown[]) => never;
    if (text === 'begin') {
      return (send(...args) as Promise<unknown>).catch((error: unknown) => {
        this.release?.(true);
        throw error;
      }) as never;
    }
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
