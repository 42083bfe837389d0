/** How far a task is, in the words of its record. Pure. */
import type { Progress, State } from './task.ts';

/** What is stored of an attempt's progress. */
export interface Counted {
  readonly state: State;
  readonly rows: number;
  readonly total: number | undefined;
  /** When the attempt began (Steady ms). */
  readonly since: number | undefined;
}

/** The most that is said of a file that does not count yet: all rows may be written and the task still fail. */
const UNFINISHED_PERCENT = 99;

/** Rows, total, percent and seconds left at `now` (Steady ms). */
export function describeProgress({ state, rows, total, since }: Counted, now: number): Progress {
  if (state === 'DONE') return { rows, total: rows, percent: 100 };
  if (total === undefined) return { rows, percent: 0 };
  const percent = total === 0 ? 0 : Math.min(UNFINISHED_PERCENT, Math.floor((100 * rows) / total));
  if (state !== 'PROCESSING' || since === undefined || rows === 0 || now <= since) {
    return { rows, total, percent };
  }
  const etaSeconds = Math.ceil(((now - since) * Math.max(0, total - rows)) / rows / 1000);
  return { rows, total, percent, etaSeconds };
}
