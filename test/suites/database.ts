/** What every engine promises: the face in `src/database/database.ts`, sentence by sentence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Database,
  DatabaseClosed,
  type Family,
  type Row,
  UniqueViolation,
} from '../../src/database/database.ts';
import { migrate, NewerDatabase, type RoomMigrations } from '../../src/database/migrate.ts';
import { startDatabaseProcess } from '../support/database-process.ts';
import type { Engine } from '../support/engines.ts';

const shop: RoomMigrations = {
  room: 'shop',
  migrations: [
    {
      name: '0001-products',
      statements: [
        'create table product ({rowid}, account {int} not null, id {int} not null, name {text}, unique (account, id))',
        'create table cell (account {int} not null, product {int} not null, store {int} not null, quantity {int} not null, primary key (account, product, store)){clustered}',
      ],
    },
    {
      name: '0002-values',
      statements: ['create table kept (id {int} primary key, n {int}, t {text}, b {bytes}, r {real})'],
    },
  ],
};

interface ShopTables {
  product: { account: number; id: number; name: string | null };
  cell: { account: number; product: number; store: number; quantity: number };
}

const CELL = ['account', 'product', 'store', 'quantity'];
const CELL_KEY = ['account', 'product', 'store'];

/** Runs all sections for one engine. */
export function databaseSuite(engine: Engine): void {
  describe(`database on ${engine.name}`, () => {
    transactions(engine);
    snapshots(engine);
    manyRows(engine);
    values(engine);
    wakes(engine);
    processes(engine);
    migrations(engine);
    closing(engine);
  });
}

const cells = (database: Database): Promise<{ product: number; store: number; quantity: number }[]> =>
  database.read((q) => q.all('select product, store, quantity from cell order by account, product, store'));

const count = async (database: Database, table = 'cell'): Promise<number> =>
  (await database.read((q) => q.one<{ n: number }>(`select count(*) as n from ${table}`)))!.n;

async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

function transactions(engine: Engine): void {
  it('keeps what a finished transaction wrote and nothing of one that threw', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const answer = await database.write(async (tx) => {
      await tx.insertRows('cell', CELL, [[1, 1, 1, 5]]);
      return 'answer';
    });
    assert.equal(answer, 'answer');
    const failure = new Error('no');
    await assert.rejects(
      database.write(async (tx) => {
        await tx.run('update cell set quantity = 6');
        throw failure;
      }),
      failure,
    );
    assert.deepEqual(await cells(database), [{ product: 1, store: 1, quantity: 5 }]);
  });

  it('shows nothing of an open transaction to reads, and does not make them wait', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write(async (tx) => {
      await tx.insertRows('cell', CELL, [[1, 1, 1, 5]]);
      assert.equal(await count(database), 0);
    });
    assert.equal(await count(database), 1);
  });

  it('lets writers of one lock see what the one before them committed', async () => {
    await using opened = await engine.open([shop]);
    const other = await opened.reopen('guest');
    await opened.database.write((tx) => tx.insertRows('cell', CELL, [[1, 1, 1, 0]]));
    const increment = (database: Database): Promise<void> =>
      database.write(
        async (tx) => {
          const { quantity } = (await tx.one<{ quantity: number }>('select quantity from cell'))!;
          await tx.run('update cell set quantity = $1', [quantity + 1]);
        },
        { space: 'ledger', key: 7 },
      );
    const writers = Array.from({ length: 20 }, (_, n) => increment(n % 2 === 0 ? opened.database : other));
    await Promise.all(writers);
    assert.equal((await cells(opened.database))[0]!.quantity, 20);
  });

  it('refuses a write inside a write at once, and allows one that the work leaves behind', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    let later: Promise<number> | undefined;
    await database.write(async () => {
      await assert.rejects(
        database.write(async () => {}),
        /write inside write/,
      );
      // Inherits the context of the transaction, and outlives it.
      later = ended.then(() => database.write(async () => 1));
    });
    end();
    assert.equal(await later, 1);
  });

  it('refuses statements of a transaction that has ended', async () => {
    await using opened = await engine.open([shop]);
    const tx = await opened.database.write(async (tx) => tx);
    await assert.rejects(tx.run('delete from cell'), /ended/);
    await assert.rejects(tx.tables<ShopTables>().deleteFrom('cell').execute(), /ended/);
  });

  it('names the failure when a unique key exists already', async () => {
    await using opened = await engine.open([shop]);
    const insert = (): Promise<void> =>
      opened.database.write((tx) => tx.insertRows('product', ['account', 'id'], [[1, 1]]));
    await insert();
    await assert.rejects(insert(), UniqueViolation);
    await assert.rejects(
      opened.database.write((tx) =>
        tx.tables<ShopTables>().insertInto('product').values({ account: 1, id: 1, name: null }).execute(),
      ),
      UniqueViolation,
    );
  });

  it('gives two claims of waiting rows different rows', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write((tx) =>
      tx.insertRows(
        'product',
        ['account', 'id'],
        [
          [1, 1],
          [1, 2],
        ],
      ),
    );
    const claim = (): Promise<number> =>
      database.write(async (tx) => {
        const waiting = tx.tables<ShopTables>().selectFrom('product').select('id').orderBy('id').limit(1);
        const { id } = await database.skipLocked(waiting).executeTakeFirstOrThrow();
        await tx.run('delete from product where id = $1', [id]);
        return id;
      });
    assert.deepEqual((await Promise.all([claim(), claim()])).sort(), [1, 2]);
  });
}

function snapshots(engine: Engine): void {
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

function manyRows(engine: Engine): void {
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

function values(engine: Engine): void {
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

function wakes(engine: Engine): void {
  it('wakes listeners of a channel after the commit, and not after a rollback', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const seen: string[] = [];
    const forget = database.listen('tasks', () => seen.push('tasks'));
    database.listen('other', () => seen.push('other'));
    await assert.rejects(
      database.write(async (tx) => {
        tx.wake('tasks');
        throw new Error('no');
      }),
    );
    await database.write(async (tx) => {
      tx.wake('tasks');
      tx.wake('tasks');
      await tx.insertRows('cell', CELL, [[1, 1, 1, 1]]);
      assert.deepEqual(seen, []);
    });
    assert.deepEqual(seen.splice(0), ['tasks']);
    forget();
    await database.write(async (tx) => tx.wake('tasks'));
    assert.deepEqual(seen, []);
  });

  it('wakes listeners in another process', async () => {
    await using opened = await engine.open([shop]);
    await using other = await startDatabaseProcess(opened.url, 'guest');
    for (let time = 0; time < 2; time++) {
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      const forget = opened.database.listen('tasks', resolve);
      await other.order({ do: 'write', times: 1, statements: ['delete from cell'] });
      await other.order({ do: 'wake', channel: 'tasks' });
      await woken;
      forget();
    }
  });

  it('lets a listener write', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const { promise: written, resolve, reject } = Promise.withResolvers<void>();
    database.listen('tasks', () => {
      database.write((tx) => tx.insertRows('cell', CELL, [[1, 1, 1, 1]])).then(resolve, reject);
    });
    await database.write(async (tx) => tx.wake('tasks'));
    await written;
    assert.equal(await count(database), 1);
  });
}

function processes(engine: Engine): void {
  it('never lets a lock of another process reach a caller', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write((tx) =>
      tx.insertRows('cell', CELL, [
        [1, 1, 1, 0],
        [1, 1, 2, 0],
      ]),
    );
    await using first = await startDatabaseProcess(opened.url, 'guest');
    await using second = await startDatabaseProcess(opened.url, 'guest');
    const statements = [
      'update cell set quantity = quantity + 1 where store = 1',
      'update cell set quantity = quantity + 1 where store = 2',
    ];
    const times = 30;
    const own = async (): Promise<void> => {
      for (let time = 0; time < times; time++)
        await database.write(async (tx) => {
          for (const statement of statements) await tx.run(statement);
        });
    };
    const order = { do: 'write', times, statements } as const;
    await Promise.all([own(), first.order(order), second.order(order)]);
    assert.deepEqual(
      (await cells(database)).map(({ quantity }) => quantity),
      [3 * times, 3 * times],
    );
  });

  it('goes on after another process was killed in the middle of its transaction', async () => {
    await using opened = await engine.open([shop]);
    await using other = await startDatabaseProcess(opened.url, 'guest');
    await other.order({ do: 'hold', statements: ['insert into cell values (1, 1, 1, 1)'] });
    const waiting = opened.database.write((tx) => tx.insertRows('cell', CELL, [[1, 1, 1, 2]]));
    await other.kill();
    await waiting;
    assert.deepEqual(await cells(opened.database), [{ product: 1, store: 1, quantity: 2 }]);
  });
}

function migrations(engine: Engine): void {
  const applied = (database: Database): Promise<object[]> =>
    database.read((q) => q.all('select room, name from migration order by room, name'));
  const all = [
    { room: 'shop', name: '0001-products' },
    { room: 'shop', name: '0002-values' },
  ];

  it('runs each migration once when five processes start at once', async () => {
    await using opened = await engine.open();
    const processes = await Promise.all(
      Array.from({ length: 5 }, () => startDatabaseProcess(opened.url, 'guest')),
    );
    try {
      for (const rooms of [[{ ...shop, migrations: shop.migrations.slice(0, 1) }], [shop]])
        await Promise.all(processes.map((each) => each.order({ do: 'migrate', rooms })));
      assert.deepEqual(await applied(opened.database), all);
    } finally {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
    }
  });

  it('keeps nothing of a migration that fails, and everything before it', async () => {
    await using opened = await engine.open();
    const { database } = opened;
    const broken = { name: '0003-broken', statements: ['create table half (id {int})', 'create nonsense'] };
    await assert.rejects(migrate(database, [{ ...shop, migrations: [...shop.migrations, broken] }]));
    assert.deepEqual(await applied(database), all);
    await assert.rejects(database.read((q) => q.all('select * from half')));
    await migrate(database, [shop]);
  });

  it('refuses a database that a newer version made', async () => {
    await using opened = await engine.open([shop]);
    const older = { ...shop, migrations: shop.migrations.slice(0, 1) };
    await assert.rejects(migrate(opened.database, [older]), (error) => {
      assert.ok(error instanceof NewerDatabase);
      assert.match(error.message, /shop\/0002-values/);
      return true;
    });
  });

  it('refuses migrations that are out of order and words that no engine knows', async () => {
    await using opened = await engine.open();
    const [first, second] = shop.migrations;
    await assert.rejects(
      migrate(opened.database, [{ room: 'shop', migrations: [second!, first!] }]),
      /sorted/,
    );
    const unknown = { name: '0001', statements: ['create table x (id {uuid})'] };
    await assert.rejects(migrate(opened.database, [{ room: 'shop', migrations: [unknown] }]), /\{uuid\}/);
  });
}

function closing(engine: Engine): void {
  it('ends open snapshots, refuses those who wait, and lets the running transaction commit', async () => {
    await using opened = await engine.open([shop]);
    const database = await opened.reopen('server');
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: free, resolve: release } = Promise.withResolvers<void>();
    const running = database.write(async (tx) => {
      await tx.insertRows('cell', CELL, [[1, 1, 1, 1]]);
      begin();
      await free;
      await tx.insertRows('cell', CELL, [[1, 1, 2, 1]]);
    });
    const reading = database.snapshot(async (snapshot) => {
      await free;
      await snapshot.all('select * from cell');
    });
    await begun;
    const closing = database.close();
    const ends = Promise.all([
      assert.rejects(reading, DatabaseClosed),
      assert.rejects(
        database.write(async () => {}),
        DatabaseClosed,
      ),
      assert.rejects(
        database.read((q) => q.all('select 1')),
        DatabaseClosed,
      ),
      assert.rejects(
        database.snapshot(async () => {}),
        DatabaseClosed,
      ),
      running,
    ]);
    release();
    await ends;
    await closing;
    await database.close();
    assert.equal(await count(opened.database), 2);
  });

  it('has readers that never write', async () => {
    await using opened = await engine.open([shop]);
    const reader = await opened.reopen('reader');
    await assert.rejects(
      reader.write(async () => {}),
      /reader never writes/,
    );
    await opened.database.write((tx) => tx.insertRows('cell', CELL, [[1, 1, 1, 1]]));
    assert.equal((await reader.snapshot((s) => s.all('select * from cell'))).length, 1);
  });
}
