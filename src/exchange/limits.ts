/** How much, how long, how often: all limits of the exchange and what they are unless said otherwise. */
import type { ChildLimits } from './child.ts';
import type { PageLimits } from './pages.ts';
import type { RetryLimits } from './retries.ts';
import type { RunnerLimits } from './runner.ts';
import type { QueueLimits } from './tasks/context.ts';

export interface ExchangeLimits extends QueueLimits, RunnerLimits, RetryLimits, ChildLimits, PageLimits {
  /** Processes that build results; 0: this process only takes requests. */
  readonly workers: number;
  /** How often retention looks for what has lived its time, in ms. */
  readonly sweepMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: Omit<ExchangeLimits, 'workers'> = {
  maxUnfinished: 4,
  maxRunning: 1,
  leaseMs: 15 * SECOND,
  resultLifeMs: HOUR,
  recordLifeMs: 7 * 24 * HOUR,
  lookUpMs: SECOND / 2,
  maxFailures: 3,
  maxLapses: 20,
  maxStallMs: 30 * MINUTE,
  pauseMs: 2 * SECOND,
  stallPauseMs: 5 * SECOND,
  // An export of a million products stays under 200 MB.
  workerMemoryBytes: 1024 * MIB,
  killAfterMs: SECOND / 2,
  maxWaitingPages: 100,
  pageLimitMs: 30 * SECOND,
  sweepMs: MINUTE,
};
