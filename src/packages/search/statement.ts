/** The values of a statement, each of which stands in it as `$n`. */
export class StatementValues {
  readonly all: unknown[] = [];

  /** Adds a value and returns what stands for it. */
  add(value: unknown): string {
    return `$${this.all.push(value)}`;
  }
}
