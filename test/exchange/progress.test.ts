import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { describeProgress } from '../../src/exchange/progress.ts';

const counted = { state: 'PROCESSING', total: 200, since: 1_000 } as const;

describe('progress', () => {
  it('tells rows, percent and the seconds left at the speed so far', () => {
    assert.deepEqual(describeProgress({ ...counted, rows: 50 }, 11_000), {
      rows: 50,
      total: 200,
      percent: 25,
      etaSeconds: 30,
    });
  });

  it('knows no seconds before there is a speed, and no total before the source has opened', () => {
    assert.deepEqual(describeProgress({ ...counted, rows: 0 }, 11_000), { rows: 0, total: 200, percent: 0 });
    assert.deepEqual(describeProgress({ ...counted, rows: 5 }, 1_000), { rows: 5, total: 200, percent: 2 });
    assert.deepEqual(describeProgress({ ...counted, rows: 0, total: undefined }, 5_000), {
      rows: 0,
      percent: 0,
    });
  });

  it('says 100 of a task that is DONE and of no other', () => {
    assert.equal(describeProgress({ ...counted, rows: 200 }, 5_000).percent, 99);
    assert.deepEqual(describeProgress({ state: 'DONE', rows: 200, total: 200, since: undefined }, 5_000), {
      rows: 200,
      total: 200,
      percent: 100,
    });
    assert.equal(describeProgress({ state: 'DONE', rows: 0, total: 0, since: undefined }, 0).percent, 100);
  });

  it('never falls as rows are counted', () => {
    const numbers = fc.array(fc.nat(10_000), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(numbers, fc.nat(10_000), (rows, total) => {
        let before = 0;
        for (const count of rows.toSorted((a, b) => a - b)) {
          const { percent } = describeProgress({ ...counted, rows: count, total }, 2_000);
          assert.ok(percent >= before && percent < 100);
          before = percent;
        }
      }),
    );
  });
});
