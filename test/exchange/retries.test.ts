import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterSetback, type Setback, type Tally } from '../../src/exchange/retries.ts';

const limits = { maxFailures: 3, maxLapses: 20, maxStallMs: 60_000, pauseMs: 2_000, stallPauseMs: 5_000 };
const fresh: Tally = { failures: 0, lapses: 0, stalledSince: undefined };

/** The pauses of a task that suffers the same setback again and again, each time it is tried, until it is given up. */
function pausesOf(setback: Setback): number[] {
  const pauses: number[] = [];
  let now = 1_000_000;
  let tally = fresh;
  for (;;) {
    const verdict = afterSetback(setback, tally, limits, now);
    if (!verdict.again) return pauses;
    pauses.push(Math.max(0, verdict.notBefore - now));
    now = Math.max(now, verdict.notBefore);
    tally = verdict.tally;
    if (pauses.length === 100) return pauses;
  }
}

describe('a setback', () => {
  it('of the third failure ends the task; pauses grow', () => {
    assert.deepEqual(pausesOf('failed'), [2_000, 8_000]);
  });

  it('of the twentieth lost runner ends the task; the next one starts at once', () => {
    assert.deepEqual(pausesOf('lapsed'), Array(19).fill(0));
  });

  it('of a store that is full or away ends the task after a bounded time only', () => {
    assert.deepEqual(pausesOf('stalled'), Array(12).fill(5_000));
  });

  it('of a runner that drains never counts', () => {
    assert.deepEqual(pausesOf('drained'), Array(100).fill(0));
  });

  it('counts apart from the others', () => {
    const tally = { failures: 2, lapses: 19, stalledSince: 5 };
    assert.deepEqual(afterSetback('drained', tally, limits, 10).tally, tally);
    assert.deepEqual(afterSetback('failed', tally, limits, 10).tally, { ...tally, failures: 3 });
    assert.deepEqual(afterSetback('lapsed', tally, limits, 10).tally, { ...tally, lapses: 20 });
    assert.deepEqual(afterSetback('stalled', tally, limits, 10).tally, tally);
  });
});
