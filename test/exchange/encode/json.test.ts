import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BUFFER_BYTES, encodeAll, encodePage, PIECE_BYTES } from '../../../src/exchange/encode/json.ts';
import type { Opened, RowBatch, Shape } from '../../../src/exchange/ports.ts';
import { example, opened } from './answers.ts';

const parse = (bytes: Uint8Array): unknown =>
  JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));

/** All pieces, each in a buffer of its own. */
async function piecesOf(answer: Opened): Promise<{ pieces: Buffer[]; rows: number; heard: number[] }> {
  const pieces: Buffer[] = [];
  const heard: number[] = [];
  const sink = {
    empty: async () => Buffer.allocUnsafeSlow(BUFFER_BYTES),
    full: (buffer: Buffer, length: number) => pieces.push(buffer.subarray(0, length)),
  };
  const rows = await encodeAll(answer, sink, (count) => heard.push(count));
  return { pieces, rows, heard };
}

const NAMES: Shape = [{ literal: '{"name":' }, { text: 0 }, { literal: '}' }];
const named = (count: number, length: number): RowBatch =>
  Array.from({ length: count }, (_, i) => [`${i}-`.padEnd(length, 'x')]);

describe('the JSON of an answer', () => {
  it('reads back as the objects that its rows stand for, whatever their shape', async () => {
    await fc.assert(
      fc.asyncProperty(
        example,
        fc.array(fc.nat(5), { maxLength: 4 }),
        async ({ shape, rows, expected }, sizes) => {
          const head = { context: { employee: {} }, meta: { size: rows.length } };
          const page = await encodePage(opened(head, shape, rows, sizes));
          assert.deepEqual(parse(page), JSON.parse(JSON.stringify({ ...head, rows: expected })));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is the same in pieces as in one buffer, rows never cut', async () => {
    const rows = named(9000, 300);
    const { pieces, rows: count, heard } = await piecesOf(opened({ meta: {} }, NAMES, rows, [1000, 0, 7000]));
    assert.equal(pieces.length, 3);
    for (const piece of pieces.slice(0, -1)) {
      assert.ok(piece.length >= PIECE_BYTES && piece.length < BUFFER_BYTES);
      assert.equal(piece.at(-1), '}'.charCodeAt(0));
    }
    assert.deepEqual(Buffer.concat(pieces), await encodePage(opened({ meta: {} }, NAMES, rows)));
    assert.equal(count, 9000);
    assert.equal(heard.at(-1), 9000);
    assert.deepEqual(
      heard,
      [...heard].sort((a, b) => a - b),
    );
  });

  it('holds a row that is larger than a piece', async () => {
    const rows = named(3, 5 * PIECE_BYTES);
    const { pieces } = await piecesOf(opened({}, NAMES, rows));
    assert.deepEqual(parse(Buffer.concat(pieces)), { rows: rows.map(([name]) => ({ name })) });
  });

  it('has an empty list where nothing was found', async () => {
    const page = await encodePage(opened({ meta: { size: 0 } }, NAMES, [], [0, 0]));
    assert.equal(page.toString(), '{"meta":{"size":0},"rows":[]}');
    assert.equal((await encodePage(opened({}, NAMES, []))).toString(), '{"rows":[]}');
  });

  it('is the head alone where the answer has no rows', async () => {
    const head = { sales: { count: 2 }, money: { todayMovement: -1 } };
    const { pieces, rows } = await piecesOf({ head, total: 0, snapshot: { sequence: 1, moment: 0 } });
    assert.equal(Buffer.concat(pieces).toString(), JSON.stringify(head));
    assert.equal(rows, 0);
  });

  it('looks into a table of fragments only when a row does', async () => {
    const table: string[] = [];
    const shape: Shape = [{ literal: '{"store":' }, { fragment: 0, table }, { literal: '}' }];
    const growing: Opened = {
      ...opened({}, shape, []),
      batches: (async function* () {
        table.push('"A"');
        yield [[0]];
        table.push('"B"');
        yield [[1], [0]];
      })(),
    };
    assert.deepEqual(parse(await encodePage(growing)), {
      rows: [{ store: 'A' }, { store: 'B' }, { store: 'A' }],
    });
  });

  it('fails where a row does not fit its shape, and says which column', async () => {
    const wrong: readonly [Shape, RowBatch][] = [
      [[{ text: 0 }], [[5]]],
      [[{ integer: 0 }], [['5']]],
      [[{ decimal: 1 }], [[5]]],
      [[{ list: 0, parts: [] }], [[7]]],
      [[{ fragment: 0, table: ['1'] }], [[1]]],
      [[{ optional: 0, parts: [{ text: 0 }] }], [[]]],
    ];
    for (const [shape, rows] of wrong) {
      await assert.rejects(encodePage(opened({}, shape, rows)), /column \d holds|no fragment/);
    }
  });

  it('passes the failure of its source on', async () => {
    const failing: Opened = {
      ...opened({}, NAMES, []),
      batches: (async function* () {
        yield named(2, 10);
        throw new Error('the source broke');
      })(),
    };
    await assert.rejects(piecesOf(failing), /the source broke/);
  });
});
