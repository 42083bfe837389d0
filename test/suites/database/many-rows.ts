import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { type Row, UniqueViolation } from '../../../src/database/database.ts';
import type { Engine } from '../../support/engines.ts';
import { CELL, CELL_KEY, cells, collect, shop } from './shop.ts';

/** What writing and deleting many rows promises. */
export function manyRows(engine: Engine): void {
  it('inserts any number of rows', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    for (const [account, length] of [0, 1, 15, 16, 17, 5000, 5001].entries()) {
      await database.write((tx) =>
        tx.insertRows(
          'cell',
          CELL,
          Array.from({ length }, (_, n) => [account, n, 0, n * 2]),
        ),
      );
      const sums = await database.read((q) =>
        q.one('select count(*) as n, coalesce(sum(quantity), 0) as q from cell where account = $1', [
          account,
        ]),
      );
      assert.deepEqual(sums, { n: length, q: length === 0 ? 0 : length * (length - 1) });
    }
  });

  const conflicts = {
    'keeps what is there': [{ key: CELL_KEY }, (old: number) => old],
    'overwrites what is to be replaced': [
      { key: CELL_KEY, replace: ['quantity'] },
      (_: number, now: number) => now,
    ],
    'adds to what is there': [{ key: CELL_KEY, add: ['quantity'] }, (old: number, now: number) => old + now],
  } as const;
  for (const [name, [conflict, combined]] of Object.entries(conflicts))
    it(`${name} where a key exists`, async () => {
      await using opened = await engine.open([shop]);
      const { database } = opened;
      const quantities = fc.dictionary(
        fc.nat({ max: 40 }).map(String),
        fc.integer({ min: -1e12, max: 1e12 }),
        {
          noNullPrototype: true,
          maxKeys: 40,
        },
      );
      await fc.assert(
        fc.asyncProperty(quantities, quantities, async (before, after) => {
          const rows = (of: Record<string, number>): Row[] =>
            Object.entries(of).map(([p, q]) => [1, Number(p), 0, q]);
          await database.write(async (tx) => {
            await tx.run('delete from cell');
            await tx.insertRows('cell', CELL, rows(before), { key: CELL_KEY });
            await tx.insertRows('cell', CELL, rows(after), conflict);
          });
          const expected = { ...before, ...after };
          for (const product of Object.keys(expected))
            if (product in before && product in after)
              expected[product] = combined(before[product]!, after[product]!);
          const found = (await cells(database)).map(({ product, quantity }) => [String(product), quantity]);
          assert.deepEqual(Object.fromEntries(found), expected);
        }),
        { numRuns: 30 },
      );
    });

  it('fails where a key exists and nothing else was asked for, and keeps none of the rows', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write((tx) => tx.insertRows('cell', CELL, [[1, 3, 0, 1]]));
    const rows = Array.from({ length: 40 }, (_, product) => [1, product, 0, 2]);
    await assert.rejects(
      database.write((tx) => tx.insertRows('cell', CELL, rows)),
      UniqueViolation,
    );
    assert.deepEqual(await cells(database), [{ product: 3, store: 0, quantity: 1 }]);
  });

  it('deletes exactly the rows of the given keys', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const all = Array.from({ length: 100 }, (_, n) => [1, n % 10, Math.floor(n / 10), n]);
    await database.write((tx) => tx.insertRows('cell', CELL, all));
    const gone = all.filter(([, product, store]) => product! < 4 && store! < 7);
    await database.write(async (tx) => {
      await tx.deleteRows(
        'cell',
        CELL_KEY,
        gone.map((row) => row.slice(0, 3)),
      );
      await tx.deleteRows('cell', CELL_KEY, [
        [1, 1, 999],
        [2, 9, 9],
      ]);
      await tx.deleteRows('cell', CELL_KEY, []);
    });
    const left = await database.read((q) =>
      q.all<{ quantity: number }>('select quantity from cell order by quantity'),
    );
    const expected = all.filter((row) => !gone.includes(row)).map((row) => row[3]!);
    assert.deepEqual(
      left.map(({ quantity }) => quantity),
      expected.sort((a, b) => a - b),
    );
  });

  it('writes text and bytes of every kind unchanged', async () => {
    await using opened = await engine.open([shop]);
    const texts = ['', 'a"b\\c\'d', '{x,y}', 'NULL', 'Ёлка 🎄 \u{1D11E}', 'line\nbreak\ttab', ' '];
    const rows = texts.map((text, id) => [id, null, text, new TextEncoder().encode(text), id + 0.5] as const);
    await opened.database.write((tx) => tx.insertRows('kept', ['id', 'n', 't', 'b', 'r'], rows));
    const query = { text: 'select id, n, t, b, r from kept order by id', params: [] };
    assert.deepEqual(await opened.database.snapshot((s) => collect(s.batches(query, 100))), rows);
  });
}
