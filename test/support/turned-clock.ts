import type { Clock, Steady } from '../../src/platform/clock.ts';

/** A clock that stands still until a test turns it. */
export class TurnedClock implements Clock, Steady {
  #now: number;

  constructor(now: number = Date.UTC(2026, 2, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
