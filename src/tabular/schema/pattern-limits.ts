import type { SafePattern } from './safe-pattern.js';

/** Instructions of all patterns of a descriptor: about a tenth of a second to compile. */
const MAX_INSTRUCTIONS = 20_000;
/** What a pattern counts for at least, and one that cannot be used. */
const LEAST = 20;
const LEAST_OF_WRONG = 250;

/** Counts what the patterns of a descriptor come to. A few kilobytes of them could take minutes to compile. */
export class PatternAllowance {
  #left = MAX_INSTRUCTIONS;

  /** Whether no more of them may be compiled. */
  get isUsedUp(): boolean {
    return this.#left <= 0;
  }

  /** Counts a pattern of so many instructions. */
  spend(size: number): void {
    this.#left -= Math.max(size, LEAST);
  }

  /** Counts a pattern that could not be used, with the instructions it was compiled to. */
  spendOnWrong(size: number): void {
    this.#left -= Math.max(size, LEAST_OF_WRONG);
  }
}

/** Steps that the patterns of a row may take: at most a quarter of a second. */
const MAX_STEPS_OF_ROW = 1_000_000;
/** Steps after which the engine forgets what it learned; it learns at most some bytes with each. */
const STEPS_REMEMBERED = 10_000_000;

/** Shares out the time and the memory that the patterns of a table take. */
export class PatternSteps {
  #ofRow = 0;
  #remembered = 0;

  constructor(private readonly patterns: readonly SafePattern[]) {}

  /** Begins to count anew. */
  beginRow(): void {
    this.#ofRow = 0;
  }

  /** Whether the text is still to be compared in this row. */
  take(pattern: SafePattern, text: string): boolean {
    const steps = pattern.stepsFor(text);
    this.#ofRow += steps;
    if (this.#ofRow > MAX_STEPS_OF_ROW) return false;
    this.#remembered += steps;
    if (this.#remembered > STEPS_REMEMBERED) {
      this.#remembered = steps;
      for (const one of this.patterns) one.forget();
    }
    return true;
  }
}
