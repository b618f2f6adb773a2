/** One line of a report: a figure, what it is held against, and whether the target is met. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly target: string;
  readonly met: boolean;
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

/** Runs the contenders in turn, `rounds` times, so that the machine's moods hit all of them alike. */
export async function inTurn<K extends string>(
  rounds: number,
  contenders: Record<K, () => Promise<number>>,
): Promise<Record<K, number>> {
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as number[]])) as Record<
    K,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(contenders) as K[]) results[name].push(await contenders[name]());
  }
  return Object.fromEntries(
    Object.entries(results).map(([name, values]) => [name, median(values as number[])]),
  ) as Record<K, number>;
}
