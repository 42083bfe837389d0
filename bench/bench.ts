/** What a bench is, and how product and baseline take turns. */
import type { DataFolders } from './data-folders.ts';

export interface Setting {
  /** Measured rounds; warm-up comes before them. */
  readonly rounds: number;
  /** A quick look at a tenth of the size: its verdicts say nothing. */
  readonly isSmall: boolean;
  /** The file of order lines, where one was named. */
  readonly retail: string | undefined;
  readonly folders: DataFolders;
  /** Tells whoever waits what is going on. */
  readonly say: (text: string) => void;
}

/** A bench makes one or more lines of the table. */
export interface Bench {
  readonly name: string;
  readonly run: (setting: Setting) => Promise<readonly Line[]>;
}

export type Line = Figure | NotMeasured;

export type Reach = { readonly atMost: number } | { readonly atLeast: number };

/** A figure with its reach: the median of `values` is judged. */
export interface Figure {
  readonly what: string;
  readonly reach: Reach;
  readonly unit: '×' | 'MB';
  /** One a round. */
  readonly values: readonly number[];
  /** What the values were made of, one a round. */
  readonly absolutes: readonly {
    readonly label: string;
    readonly unit: string;
    readonly values: readonly number[];
  }[];
}

/** Something was missing. It does not count as passed. */
export interface NotMeasured {
  readonly what: string;
  readonly reason: string;
}

export interface Round {
  readonly product: number;
  readonly baseline: number;
}

/**
 * Lets both take turns, so that whatever else the machine does falls on both; who begins changes from round to round.
 * The first turn of each warms it up and is not counted.
 */
export async function takeTurns(
  rounds: number,
  product: () => Promise<number>,
  baseline: () => Promise<number>,
): Promise<readonly Round[]> {
  await product();
  await baseline();
  const taken: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = round % 2 === 0 ? await product() : undefined;
    const base = await baseline();
    taken.push({ product: before ?? (await product()), baseline: base });
  }
  return taken;
}

/** Product's time in times of the baseline's: at most `atMost`. */
export function ratioFigure(what: string, atMost: number, rounds: readonly Round[], labels: Labels): Figure {
  return {
    what,
    reach: { atMost },
    unit: '×',
    values: rounds.map(({ product, baseline }) => product / baseline),
    absolutes: absolutesOf(rounds, labels),
  };
}

/** How many times faster than the baseline the product is: at least `atLeast`. */
export function speedFigure(what: string, atLeast: number, rounds: readonly Round[], labels: Labels): Figure {
  return {
    what,
    reach: { atLeast },
    unit: '×',
    values: rounds.map(({ product, baseline }) => baseline / product),
    absolutes: absolutesOf(rounds, labels),
  };
}

export interface Labels {
  readonly product: string;
  readonly baseline: string;
  readonly unit: string;
}

function absolutesOf(rounds: readonly Round[], { product, baseline, unit }: Labels): Figure['absolutes'] {
  return [
    { label: product, unit, values: rounds.map((round) => round.product) },
    { label: baseline, unit, values: rounds.map((round) => round.baseline) },
  ];
}

/** The middle one; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function hasReached({ reach, values }: Figure): boolean {
  const value = median(values);
  return 'atMost' in reach ? value <= reach.atMost : value >= reach.atLeast;
}
