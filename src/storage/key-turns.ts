/** Has who changes one key of a store wait for the others who do, in this process. */
export class KeyTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the work when all that came before it for the key has ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before === undefined ? work() : before.then(work);
    const ended = result.catch(() => undefined);
    this.#last.set(key, ended);
    try {
      return await result;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
