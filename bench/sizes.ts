/** How much data the benches work on; a tenth of it for a quick look. */
import type { Setting } from './bench.ts';
import type { Size } from './data-folders.ts';

const SMALLER = 10;

/** The stock that is exported: 100,000 products in 10 stores after 300,000 movements. */
export const stockOf = ({ isSmall }: Pick<Setting, 'isSmall'>): Size =>
  timesAsMany(1 / (isSmall ? SMALLER : 1));

/** Ten times as many products and movements. */
export const largeStockOf = ({ isSmall }: Pick<Setting, 'isSmall'>): Size =>
  timesAsMany(10 / (isSmall ? SMALLER : 1));

const timesAsMany = (factor: number): Size => ({
  products: 100_000 * factor,
  stores: 10,
  movements: 300_000 * factor,
});
