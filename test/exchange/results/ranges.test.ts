import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseRange } from '../../../src/exchange/results/ranges.ts';

describe('a wish for a range', () => {
  it('is first to last, from first on, or the last so many', () => {
    const examples: readonly [string, number, number][] = [
      ['bytes=0-0', 0, 1],
      ['bytes=0-99', 0, 100],
      ['bytes=10-', 10, 100],
      ['bytes=99-', 99, 100],
      ['bytes=50-1000', 50, 100],
      ['bytes=-1', 99, 100],
      ['bytes=-1000', 0, 100],
      ['Bytes=5-6', 5, 7],
    ];
    for (const [header, start, end] of examples) {
      assert.deepEqual(parseRange(header, 100), { kind: 'part', start, end }, header);
    }
  });

  it('cannot be had outside the bytes that there are', () => {
    for (const header of ['bytes=100-', 'bytes=100-200', 'bytes=-0', `bytes=${'9'.repeat(40)}-`]) {
      assert.deepEqual(parseRange(header, 100), { kind: 'unsatisfiable' }, header);
    }
    assert.deepEqual(parseRange('bytes=0-', 0), { kind: 'unsatisfiable' });
    assert.deepEqual(parseRange('bytes=-5', 0), { kind: 'unsatisfiable' });
  });

  it('is no wish when it is none, several, of another unit or malformed', () => {
    const headers = [
      undefined,
      '',
      'bytes=',
      'bytes=-',
      'bytes=0-1,5-6',
      'items=0-1',
      'bytes=a-b',
      'bytes=6-5',
    ];
    for (const header of headers) assert.deepEqual(parseRange(header, 100), { kind: 'whole' }, `${header}`);
  });

  it('never reaches beyond the bytes and is never empty', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.option(fc.nat(400)), fc.option(fc.nat(400)), (size, first, last) => {
        const wish = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
        if (wish.kind === 'part') assert.ok(wish.start >= 0 && wish.start < wish.end && wish.end <= size);
      }),
    );
  });
});
