/** One line of a report: a figure, what it is held against, and whether the target is met. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly target: string;
  readonly met: boolean;
}

/** How a figure is written. */
export type Unit = (value: number) => string;
export const times: Unit = (value) => `${value.toFixed(2)}x`;
export const percent: Unit = (value) => `${(value * 100).toFixed(1)} %`;

/** A figure that should be no less than the target. */
export function atLeast(target: number, what: string, value: number, unit: Unit): Figure {
  return { what, value: unit(value), target: `>= ${unit(target)}`, met: value >= target };
}

/** A figure that should be no more than the target. */
export function atMost(target: number, what: string, value: number, unit: Unit): Figure {
  return { what, value: unit(value), target: `<= ${unit(target)}`, met: value <= target };
}

/** A figure that should be less than the target. */
export function below(target: number, what: string, value: number, unit: Unit): Figure {
  return { what, value: unit(value), target: `< ${unit(target)}`, met: value < target };
}

/** A figure to compare others with. */
export function forComparison(what: string, value: string): Figure {
  return { what, value, target: '(none)', met: true };
}

/** Prints the figures as a table and sets the exit code when a target is missed. */
export function report(title: string, figures: readonly Figure[]): void {
  const width = (key: 'what' | 'value' | 'target') =>
    Math.max(...figures.map((figure) => figure[key].length));
  console.log(`\n${title}`);
  for (const { what, value, target, met } of figures) {
    console.log(
      `  ${met ? 'met   ' : 'MISSED'}  ${what.padEnd(width('what'))}  ${value.padStart(width('value'))}  target ${target}`,
    );
  }
  if (figures.some(({ met }) => !met)) process.exitCode = 1;
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A quantile of some numbers, e.g. 0.99. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

/** What contenders reached, round by round. */
export class Rounds<K extends string> {
  constructor(private readonly results: Readonly<Record<K, readonly number[]>>) {}

  /** The middle of a contender's rounds. */
  median(name: K): number {
    return median(this.results[name]);
  }

  /** The middle of `mine / theirs` of each round: in one round both met the same mood of the machine. */
  ratio(mine: K, theirs: K): number {
    return median(this.results[mine].map((value, round) => value / this.results[theirs][round]!));
  }

  medians(): Record<K, number> {
    const names = Object.keys(this.results) as K[];
    return Object.fromEntries(names.map((name) => [name, Math.round(this.median(name))])) as Record<
      K,
      number
    >;
  }
}

/** Runs the contenders in turn, `rounds` times after one that only warms them up. */
export async function inTurn<K extends string>(
  rounds: number,
  contenders: Record<K, () => Promise<number>>,
): Promise<Rounds<K>> {
  const names = Object.keys(contenders) as K[];
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const result = await contenders[name]();
      console.error(
        `${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${name} ${Math.round(result)}/s`,
      );
      if (round > 0) results[name].push(result);
    }
  }
  return new Rounds(results);
}
