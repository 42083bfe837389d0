import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Engine } from '../../support/engines.ts';
import { collect, type ShopTables, shop } from './shop.ts';

/** What becomes of values on their way in and out. */
export function values(engine: Engine): void {
  it('keeps whole numbers to the edge of what a number holds, and throws beyond it', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const edge = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -1, 0];
    await database.write((tx) =>
      tx.insertRows(
        'kept',
        ['id', 'n'],
        edge.map((n, id) => [id, n]),
      ),
    );
    const found = await database.read((q) => q.all<{ n: number }>('select n from kept order by id'));
    assert.deepEqual(
      found.map(({ n }) => n),
      edge,
    );
    await assert.rejects(
      database.read((q) => q.all('select n + 1 as n from kept where id = 0')),
      RangeError,
    );
    await assert.rejects(
      database.read((q) => q.all('select sum(n) + 1 as n from kept where id in (0, 3)')),
      RangeError,
    );
    for (const wrong of [2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
      await assert.rejects(
        database.read((q) => q.all('select id from kept where n = $1', [wrong])),
        RangeError,
      );
  });

  it('divides whole numbers given as parameters as whole numbers', async () => {
    await using opened = await engine.open([shop]);
    await opened.database.write((tx) => tx.insertRows('kept', ['id', 'n'], [[1, 7]]));
    assert.deepEqual(
      await opened.database.read((q) =>
        q.one('select n / $1 as half, (n = $2) as same from kept where n > $1', [2, 7]),
      ),
      { half: 3, same: 1 },
    );
  });

  it('orders text by its bytes', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    // Byte order and UTF-16 order differ here: U+FF5E comes before U+1F600, its code units after.
    const text = fc.string({
      unit: fc.constantFrom('a', 'B', 'z', ' ', '_', 'ё', 'Я', 'я', 'é', '~', '\uFF5E', '😀'),
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { minLength: 2, maxLength: 30 }), async (texts) => {
        await database.write(async (tx) => {
          await tx.run('delete from kept');
          await tx.insertRows(
            'kept',
            ['id', 't'],
            texts.map((t, id) => [id, t]),
          );
        });
        const found = await database.read((q) => q.all<{ t: string }>('select t from kept order by t'));
        const expected = [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        assert.deepEqual(
          found.map(({ t }) => t),
          expected,
        );
      }),
      { numRuns: 20 },
    );
  });

  it('leaves text alone that only looks like a parameter, and refuses a wrong number of them', async () => {
    await using opened = await engine.open([shop]);
    const text = `select '$2' as "$3", $1 as a, 'it''s $4' as b, $1 as c -- $5\n/* $6 */`;
    assert.deepEqual(await opened.database.read((q) => q.one(text, ['x'])), {
      $3: '$2',
      a: 'x',
      b: "it's $4",
      c: 'x',
    });
    await assert.rejects(opened.database.read((q) => q.one('select n from kept where n = $1', [])));
    await assert.rejects(opened.database.read((q) => q.one('select n from kept where n = $1', [1, 2])));
  });

  it('refuses values that are no cells', async () => {
    await using opened = await engine.open([shop]);
    const wrong = { looksLike: 'named parameters' } as unknown as string;
    await assert.rejects(
      opened.database.read((q) => q.all('select n from kept where t = $1', [wrong])),
      TypeError,
    );
  });

  it('builds statements that say what they changed and give what they return', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write(async (tx) => {
      const tables = tx.tables<ShopTables>();
      const row = { account: 1, product: 1, quantity: 1 };
      const inserted = await tables
        .insertInto('cell')
        .values([
          { ...row, store: 1 },
          { ...row, store: 2 },
        ])
        .returning('store')
        .execute();
      assert.deepEqual(inserted, [{ store: 1 }, { store: 2 }]);
      const [updated] = await tables
        .updateTable('cell')
        .set({ quantity: 9 })
        .where('store', '=', 2)
        .execute();
      assert.equal(updated!.numUpdatedRows, 1n);
      assert.equal(await tx.run('update cell set quantity = quantity + 1'), 2);
      assert.equal(await tx.run('delete from cell where store = $1', [3]), 0);
    });
    const compiled = await database.read(async (q) => {
      const query = q
        .tables<ShopTables>()
        .selectFrom('cell')
        .select(['store', 'quantity'])
        .where('account', '=', 1);
      return database.compile(query.where('quantity', '>', 2).orderBy('store'));
    });
    assert.deepEqual(await database.snapshot((s) => collect(s.batches(compiled, 5))), [[2, 10]]);
  });

  it('tells the time in milliseconds', async () => {
    await using opened = await engine.open();
    const before = Date.now();
    const now = await opened.database.now();
    assert.ok(Number.isInteger(now) && now >= before - 1000 && now <= Date.now() + 1000, String(now));
  });
}
