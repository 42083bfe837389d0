/** What becomes of a task whose attempt ended without an answer. Pure. */

/** How attempts of a task have ended so far. */
export interface Tally {
  /** The child died while its parent lived, or the source threw. */
  readonly failures: number;
  /** The runner was lost: its lease ran out. */
  readonly lapses: number;
  /** Since when (Steady ms) the result store has been full or away for this task. */
  readonly stalledSince: number | undefined;
}

/** Why an attempt ended. A drained one counts for nothing. */
export type Setback = 'drained' | 'failed' | 'lapsed' | 'stalled';

export interface RetryLimits {
  /** The failure that ends the task. */
  readonly maxFailures: number;
  /** The lapse that ends the task. */
  readonly maxLapses: number;
  /** How long a task waits in all for a store that is full or away, in ms. */
  readonly maxStallMs: number;
  /** The first pause after a failure, in ms; each next one is four times as long. */
  readonly pauseMs: number;
  /** The pause of a task that waits for the store, in ms. */
  readonly stallPauseMs: number;
}

export interface Verdict {
  /** Tried again, or ended in ERROR. */
  readonly again: boolean;
  readonly tally: Tally;
  /** Not before this moment (Steady ms); 0 for at once. */
  readonly notBefore: number;
}

const PAUSE_GROWTH = 4;

/** Decides at `now` (Steady ms). */
export function afterSetback(setback: Setback, tally: Tally, limits: RetryLimits, now: number): Verdict {
  if (setback === 'drained') return { again: true, tally, notBefore: 0 };
  if (setback === 'lapsed') {
    const lapses = tally.lapses + 1;
    return { again: lapses < limits.maxLapses, tally: { ...tally, lapses }, notBefore: 0 };
  }
  if (setback === 'stalled') {
    const stalledSince = tally.stalledSince ?? now;
    return {
      again: now - stalledSince < limits.maxStallMs,
      tally: { ...tally, stalledSince },
      notBefore: now + limits.stallPauseMs,
    };
  }
  const failures = tally.failures + 1;
  return {
    again: failures < limits.maxFailures,
    tally: { ...tally, failures },
    notBefore: now + limits.pauseMs * PAUSE_GROWTH ** (failures - 1),
  };
}
