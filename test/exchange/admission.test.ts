import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RETRY_WHEN_FULL_MS, retryWhenUnready } from '../../src/exchange/admission.ts';

describe('asking again', () => {
  it('for a place is never put off for more than three seconds', () => {
    assert.ok(RETRY_WHEN_FULL_MS <= 3_000);
  });

  it('for a result waits as long as it may take, between one second and thirty', () => {
    const progress = { rows: 1, total: 2, percent: 50 };
    assert.equal(retryWhenUnready(progress), 1_000);
    assert.equal(retryWhenUnready({ ...progress, etaSeconds: 0 }), 1_000);
    assert.equal(retryWhenUnready({ ...progress, etaSeconds: 12 }), 12_000);
    assert.equal(retryWhenUnready({ ...progress, etaSeconds: 3_600 }), 30_000);
  });
});
