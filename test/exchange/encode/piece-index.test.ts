import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { piecesOf, readPieceIndex, writePieceIndex } from '../../../src/exchange/encode/piece-index.ts';

const length = fc.integer({ min: 1, max: 2 ** 32 - 1 });

describe('the index of pieces', () => {
  it('reads back what was written, with offsets beyond 4 GB', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ plain: length, stored: length }, { noNullPrototype: true })),
        (lengths) => {
          const pieces = readPieceIndex(writePieceIndex(lengths));
          assert.deepEqual(
            pieces.map((piece) => ({
              plain: piece.plainEnd - piece.plainStart,
              stored: piece.storedEnd - piece.storedStart,
            })),
            lengths,
          );
          let plainAt = 0;
          let storedAt = 10;
          for (const piece of pieces) {
            assert.deepEqual([piece.plainStart, piece.storedStart], [plainAt, storedAt]);
            plainAt = piece.plainEnd;
            storedAt = piece.storedEnd;
          }
        },
      ),
    );
  });

  it('refuses bytes of another version or half an index', () => {
    const index = writePieceIndex([{ plain: 1, stored: 1 }]);
    assert.throws(() => readPieceIndex(Buffer.from([2, ...index.subarray(1)])), /version 2/);
    assert.throws(() => readPieceIndex(index.subarray(0, -1)), /cannot be read/);
    assert.throws(() => readPieceIndex(Buffer.alloc(0)), /cannot be read/);
  });

  it('finds the pieces of a range, and no others', () => {
    const pieces = readPieceIndex(writePieceIndex([10, 1, 20].map((plain) => ({ plain, stored: 5 }))));
    const starts = (start: number, end: number) =>
      piecesOf(pieces, start, end).map((piece) => piece.plainStart);
    assert.deepEqual(starts(0, 31), [0, 10, 11]);
    assert.deepEqual(starts(9, 11), [0, 10]);
    assert.deepEqual(starts(10, 11), [10]);
    assert.deepEqual(starts(30, 31), [11]);
    assert.deepEqual(starts(5, 5), [0]);
    assert.deepEqual(starts(31, 40), []);
  });
});
