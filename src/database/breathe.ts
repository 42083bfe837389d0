import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

/** How long statements may follow each other without a turn of the event loop, in ms. */
const SLICE_MS = 10;

let sliceStartedAt: number | undefined;

/**
 * Awaiting synchronous SQLite never leaves the microtask queue: a thousand awaited statements are one turn of the
 * event loop. Every statement asks here first, and gets a promise to await once the slice is used up.
 */
export function breathe(): Promise<void> | undefined {
  const now = performance.now();
  if (sliceStartedAt === undefined) {
    sliceStartedAt = now;
    // A turn that comes by itself begins a new slice.
    setImmediate(() => {
      sliceStartedAt = undefined;
    });
    return undefined;
  }
  return now - sliceStartedAt < SLICE_MS ? undefined : turnOfTheLoop();
}
