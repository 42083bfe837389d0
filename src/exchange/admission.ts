/** When it is worth asking again: for a place in the queue, and for a result. Pure. */
import type { Progress } from './task.ts';

/**
 * The answer to "the queue is full", in ms. Some clients stop all their calls for that long (async.md §2), so it is
 * short; a better guess than a constant would have to read the running tasks for each refusal.
 */
export const RETRY_WHEN_FULL_MS = 3_000;

/** Bounds of an answer to "not ready yet", in ms. */
const UNREADY_MIN_MS = 1_000;
const UNREADY_MAX_MS = 30_000;

/** A guess at when the result may be ready. A task without a known speed is asked for soon: it may be a short one. */
export function retryWhenUnready({ etaSeconds }: Progress): number {
  return Math.max(UNREADY_MIN_MS, Math.min(UNREADY_MAX_MS, (etaSeconds ?? 0) * 1000));
}
