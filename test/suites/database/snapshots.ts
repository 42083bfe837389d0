import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Family, Row } from '../../../src/database/database.ts';
import type { Engine } from '../../support/engines.ts';
import { CELL, collect, count, shop } from './shop.ts';

/** What a snapshot promises. */
export function snapshots(engine: Engine): void {
  it('reads one committed state, however many writers commit meanwhile', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const stores = 50;
    await database.write((tx) =>
      tx.insertRows(
        'cell',
        CELL,
        Array.from({ length: stores }, (_, store) => [1, 1, store, 10]),
      ),
    );
    const query = { text: 'select store, quantity from cell order by store', params: [] };
    await database.snapshot(async (snapshot) => {
      const before = await snapshot.all('select store, quantity from cell order by store');
      const rows: Row[] = [];
      for await (const batch of snapshot.batches(query, 7)) {
        rows.push(...batch);
        // Between the batches a unit moves and a store comes and goes.
        await database.write(async (tx) => {
          await tx.run('update cell set quantity = quantity - 1 where store = $1', [rows.length % stores]);
          await tx.run('delete from cell where store = $1', [stores - 1]);
          await tx.insertRows('cell', CELL, [[1, 1, 1000 + rows.length, 1]]);
        });
      }
      assert.deepEqual(
        rows,
        Array.from({ length: stores }, (_, store) => [store, 10]),
      );
      assert.deepEqual(await snapshot.all('select store, quantity from cell order by store'), before);
    });
    assert.notEqual(await count(database), stores);
  });

  it('gives all rows of a query in batches of the asked size', async () => {
    await using opened = await engine.open([shop]);
    await opened.database.write((tx) =>
      tx.insertRows(
        'product',
        ['account', 'id'],
        Array.from({ length: 10 }, (_, id) => [1, id]),
      ),
    );
    const query = { text: 'select id from product where account = $1 order by id', params: [1] };
    for (const [size, sizes] of [
      [3, [3, 3, 3, 1]],
      [5, [5, 5]],
      [100, [10]],
    ] as const) {
      const seen = await opened.database.snapshot(async (snapshot) => {
        const lengths: number[] = [];
        for await (const batch of snapshot.batches(query, size)) lengths.push(batch.length);
        return lengths;
      });
      assert.deepEqual(seen, sizes);
    }
    const none = { text: 'select id from product where account = $1', params: [2] };
    assert.deepEqual(await opened.database.snapshot((s) => collect(s.batches(none, 3))), []);
  });

  it('gives each parent the children that a plain join gives it', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const id = fc.nat({ max: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(id, { maxLength: 20 }),
        fc.uniqueArray(fc.tuple(id, fc.nat({ max: 5 })), { selector: String, maxLength: 60 }),
        fc.integer({ min: 1, max: 25 }),
        async (products, pairs, batchRows) => {
          await database.write(async (tx) => {
            for (const table of ['product', 'cell']) await tx.run(`delete from ${table}`);
            await tx.insertRows(
              'product',
              ['account', 'id', 'name'],
              products.map((p) => [1, p, `p${p % 3}`]),
            );
            await tx.insertRows(
              'cell',
              CELL,
              pairs.map(([product, store]) => [1, product, store, product * 10 + store]),
            );
          });
          const parents = {
            text: 'select id, name from product where account = $1 order by name desc, id',
            params: [1],
          };
          const children = {
            columns: ['store', 'quantity'],
            from: 'cell',
            where: 'account = $1 and store >= $2',
            params: [1, 1],
            key: 'product',
            orderBy: 'store desc',
          };
          const families = await database.snapshot((s) => collect(s.families(parents, children, batchRows)));
          const inOrder = [...products].sort((a, b) => (b % 3) - (a % 3) || a - b);
          const expected: Family[] = inOrder.map((product) => [
            [product, `p${product % 3}`],
            pairs
              .filter(([p, store]) => p === product && store >= 1)
              .sort(([, a], [, b]) => b - a)
              .map(([, store]) => [store, product * 10 + store]),
          ]);
          assert.deepEqual(families, expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('groups the children of each parent by themselves', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const rows = [
      [1, 1, 1, 5],
      [2, 1, 1, 7],
      [1, 1, 2, 1],
      [1, 2, 1, 9],
    ];
    await database.write(async (tx) => {
      await tx.insertRows(
        'product',
        ['account', 'id'],
        [
          [1, 2],
          [1, 1],
          [1, 3],
        ],
      );
      await tx.insertRows('cell', CELL, rows);
    });
    const families = await database.snapshot((s) =>
      collect(
        s.families(
          { text: 'select id from product order by id', params: [] },
          {
            columns: ['store', 'sum(quantity)'],
            from: 'cell',
            where: '1 = 1',
            params: [],
            key: 'product',
            groupBy: 'store',
            orderBy: 'store',
          },
          2,
        ),
      ),
    );
    assert.deepEqual(families, [
      [
        [1],
        [
          [1, 12],
          [2, 1],
        ],
      ],
      [[2], [[1, 9]]],
      [[3], []],
    ]);
  });

  it('gives a parent all its children, in whatever order the database comes upon them', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    // One child of each parent in turn: a server that reads the children first meets them mixed.
    const pairs = [1, 2, 3].flatMap((store) => [1, 2, 3].map((product) => [product, store] as const));
    await database.write(async (tx) => {
      for (const [product, store] of pairs) {
        await tx.insertRows('cell', CELL, [[1, product, store, product * 10 + store]]);
      }
    });
    const parents = { text: 'select distinct product from cell order by product', params: [] };
    const children = {
      columns: ['store'],
      from: 'cell',
      where: 'account = 1',
      params: [],
      key: 'product',
    };
    const families = await database.snapshot((s) => collect(s.families(parents, children, 10)));
    assert.deepEqual(
      families.map(([[key], stores]) => [key, stores.map(([store]) => store).toSorted()]),
      [1, 2, 3].map((product) => [product, [1, 2, 3]]),
    );
  });

  it('gives two parents with the same key the same children', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write((tx) =>
      tx.insertRows('cell', CELL, [
        [1, 5, 1, 7],
        [1, 5, 2, 8],
      ]),
    );
    const parents = { text: 'select product, quantity from cell order by store', params: [] };
    const children = {
      columns: ['sum(quantity)', 'count(*)'],
      from: 'cell',
      where: 'account = 1',
      params: [],
      key: 'product',
    };
    const families = await database.snapshot((s) => collect(s.families(parents, children, 10)));
    assert.deepEqual(families, [
      [[5, 7], [[15, 2]]],
      [[5, 8], [[15, 2]]],
    ]);
  });

  it('allows other statements, and another cursor, between the batches', async () => {
    await using opened = await engine.open([shop]);
    await opened.database.write((tx) =>
      tx.insertRows(
        'product',
        ['account', 'id'],
        [
          [1, 1],
          [1, 2],
          [1, 3],
        ],
      ),
    );
    const query = { text: 'select id from product order by id', params: [] };
    const seen = await opened.database.snapshot(async (snapshot) => {
      const pairs: unknown[] = [];
      for await (const [[outer]] of snapshot.batches(query, 1) as AsyncIterable<[Row]>)
        for await (const [[inner]] of snapshot.batches(query, 1) as AsyncIterable<[Row]>) {
          pairs.push([outer, inner, await snapshot.one('select count(*) as n from product')]);
          if (inner === 2) break;
        }
      return pairs;
    });
    const n = { n: 3 };
    assert.deepEqual(
      seen,
      [1, 2, 3].flatMap((outer) => [
        [outer, 1, n],
        [outer, 2, n],
      ]),
    );
  });

  it('ends a reading that has no end when its signal says so', async () => {
    await using opened = await engine.open();
    const abort = new AbortController();
    const reason = new Error('cancelled by the user');
    const endless = {
      text: 'with recursive n(i) as (select 1 union all select i + 1 from n) select i from n',
      params: [],
    };
    const reading = opened.database.snapshot(async (snapshot) => {
      for await (const [first] of snapshot.batches(endless, 1000))
        if (first![0] === 5001) abort.abort(reason);
    }, abort.signal);
    await assert.rejects(reading, reason);
    await assert.rejects(
      opened.database.snapshot(async () => {}, abort.signal),
      reason,
    );
    assert.deepEqual(await opened.database.snapshot((s) => s.one('select 1 as x')), { x: 1 });
  });
}
