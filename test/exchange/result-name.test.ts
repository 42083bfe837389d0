import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { attemptOf, resultName } from '../../src/exchange/result-name.ts';
import { taskId } from '../../src/platform/ids.ts';

describe('the name of a result', () => {
  it('names its task and attempt', () => {
    for (const attempt of [1, 2, 20, 1_234]) {
      const named = { id: taskId(randomUUID()), attempt };
      assert.deepEqual(attemptOf(resultName(named)), named);
    }
  });

  it('is recognised in nothing else', () => {
    const id = '0b7e3c5e-6f2e-4f57-9a55-1d0ab2c3d4e5';
    for (const name of [
      id,
      `${id}-`,
      `${id}-0`,
      `${id}-01`,
      `${id}-1.index`,
      `${id.toUpperCase()}-1`,
      'README',
    ]) {
      assert.equal(attemptOf(name), undefined, name);
    }
  });
});
