import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as limits from '../../src/contract/limits.ts';

describe('the limits', () => {
  it('of the original apply in its profile, those of the queue also in the relaxed one', () => {
    assert.deepEqual(limits.LIMITS.kladana, {
      budget: { units: 45, windowMs: 3000 },
      parallel: { perPrincipal: 5, perAccount: 20 },
      maxUnfinished: 4,
      maxRunning: 1,
    });
    assert.deepEqual(limits.LIMITS.relaxed, { maxUnfinished: 4, maxRunning: 1 });
    assert.deepEqual(limits.LIMITS.off, { maxUnfinished: 1000, maxRunning: 1000 });
  });

  it('keep a result an hour, a link five minutes, a task a week', () => {
    assert.equal(limits.RESULT_LIFETIME_MS, 3_600_000);
    assert.equal(limits.LINK_LIFETIME_MS, 300_000);
    assert.equal(limits.TASK_LIFETIME_MS, 604_800_000);
  });

  it('weigh the two stock reports five units, everything else one', () => {
    assert.equal(limits.requestUnits('report/stock/all'), 5);
    assert.equal(limits.requestUnits('report/stock/bystore'), 5);
    assert.equal(limits.requestUnits('report/stock/all/current'), 1);
    assert.equal(limits.requestUnits('entity/product'), 1);
  });
});
