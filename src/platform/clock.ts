/**
 * The two clocks. No other file of the product reads the machine's time.
 *
 * `Clock` is what users see: created, moment, deletionDate, link expiry, webhook moments. A sandbox may turn it.
 * `Steady` is for machines: leases, heartbeats, pauses, time-outs. It follows the database's real time, so that
 * processes with crooked clocks agree, and never jumps with `Clock`.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

export interface Steady {
  /** Milliseconds; only differences and comparisons mean something. */
  now(): number;
}

/** The machine's own clock, moved by a correction in milliseconds (the database's time less ours). */
export function systemClock(correctionMs: () => number = () => 0): Clock {
  return { now: () => Date.now() + Math.round(correctionMs()) };
}

/**
 * Monotonic time anchored to the database's clock: `anchorMs` is the database's time at the moment of the call,
 * from there on the process's monotonic counter carries it, so a machine's clock that is set back changes nothing.
 */
export function steadyClock(
  anchorMs: number = Date.now(),
): Steady & { reanchor(databaseNowMs: number): void } {
  let offset = anchorMs - performance.now();
  return {
    now: () => Math.round(performance.now() + offset),
    reanchor: (databaseNowMs) => {
      offset = databaseNowMs - performance.now();
    },
  };
}
