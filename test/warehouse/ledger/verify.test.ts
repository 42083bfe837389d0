import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Database } from '../../../src/database/database.ts';
import { verify } from '../../../src/warehouse/ledger/verify.ts';
import { engines, type TestDatabase } from '../../support/engines.ts';
import { SHOP_ROOMS, Shop } from '../../support/shop.ts';

const MOMENT = Date.UTC(2026, 2, 1, 10);

/** Two goods, two stores, a document of each kind; one does not count. */
async function arrange(database: Database, key: number): Promise<Shop> {
  const shop = await Shop.open(database, key);
  const side = await shop.store('Side store');
  const [bolt, nut] = [await shop.product('Bolt'), await shop.product('Nut')];
  const [main] = shop.books.stores;
  const paper = { moment: MOMENT, applicable: true, store: main! };
  await shop.post({ ...paper, kind: 'enter', positions: [{ good: bolt, quantity: 10 }] });
  await shop.post({ ...paper, kind: 'salesreturn', store: side, positions: [{ good: bolt, quantity: 1.5 }] });
  await shop.post({ ...paper, kind: 'loss', positions: [{ good: nut, quantity: 2 }] });
  await shop.post({ ...paper, kind: 'demand', positions: [{ good: bolt, quantity: 4 }] });
  await shop.post({ ...paper, kind: 'enter', applicable: false, positions: [{ good: nut, quantity: 7 }] });
  return shop;
}

/** Assortments 1 (bolt) and 2 (nut); documents 1 to 5; store keys are looked up. */
const TAMPERINGS: readonly {
  readonly what: string;
  readonly statement: string;
  readonly expected: readonly object[];
}[] = [
  {
    what: 'an entry that was changed',
    statement: 'update entry set quantity = quantity + 1 where account = $1 and document = 1',
    expected: [
      { register: 'entry', problem: 'missing', assortment: 1, document: 1, quantity: 100_000 },
      { register: 'entry', problem: 'surplus', assortment: 1, document: 1, quantity: 100_001 },
      { register: 'balance', assortment: 1, expected: 60_001, found: 60_000 },
      { register: 'total', assortment: 1, expected: 75_001, found: 75_000 },
    ],
  },
  {
    what: 'an entry that is gone',
    statement: 'delete from entry where account = $1 and document = 3',
    expected: [
      { register: 'entry', problem: 'missing', assortment: 2, document: 3, quantity: -20_000 },
      { register: 'balance', assortment: 2, expected: 0, found: -20_000 },
      { register: 'total', assortment: 2, expected: 0, found: -20_000 },
    ],
  },
  {
    what: 'an entry dated otherwise than its document',
    statement: 'update entry set moment = moment + 1 where account = $1 and document = 4',
    expected: [
      { register: 'entry', problem: 'missing', moment: MOMENT, document: 4 },
      { register: 'entry', problem: 'surplus', moment: MOMENT + 1, document: 4 },
    ],
  },
  {
    what: 'an entry of a document that does not count',
    statement: 'update document set applicable = 0 where account = $1 and id = 2',
    expected: [{ register: 'entry', problem: 'surplus', document: 2, quantity: 15_000 }],
  },
  {
    what: 'a document in the bin whose entries stand',
    statement: 'update document set deleted = 1 where account = $1 and id = 2',
    expected: [{ register: 'entry', problem: 'surplus', document: 2 }],
  },
  {
    what: 'a document that began to count without entries',
    statement: 'update document set applicable = 1 where account = $1 and id = 5',
    expected: [{ register: 'entry', problem: 'missing', assortment: 2, document: 5, quantity: 70_000 }],
  },
  {
    what: 'a balance that was changed',
    statement: 'update balance set quantity = 5 where account = $1 and assortment = 1 and quantity = 15000',
    expected: [{ register: 'balance', assortment: 1, expected: 15_000, found: 5 }],
  },
  {
    what: 'a balance that is gone',
    statement: 'delete from balance where account = $1 and assortment = 2',
    expected: [{ register: 'balance', assortment: 2, expected: -20_000, found: null }],
  },
  {
    what: 'a balance that nothing stands behind',
    statement: 'insert into balance (account, assortment, store, quantity) values ($1, 2, 99, 3)',
    expected: [{ register: 'balance', assortment: 2, store: 99, expected: 0, found: 3 }],
  },
  {
    what: 'a total that was changed',
    statement: 'update total set quantity = 0 where account = $1 and assortment = 1',
    expected: [{ register: 'total', assortment: 1, expected: 75_000, found: 0 }],
  },
  {
    what: 'a total that is gone',
    statement: 'delete from total where account = $1 and assortment = 2',
    expected: [{ register: 'total', assortment: 2, expected: -20_000, found: null }],
  },
  {
    what: 'a total that nothing stands behind',
    statement: 'insert into total (account, assortment, quantity) values ($1, 99, 3)',
    expected: [{ register: 'total', assortment: 99, expected: 0, found: 3 }],
  },
];

for (const engine of engines) {
  describe(`verify in ${engine.name}`, () => {
    let shared: TestDatabase | undefined;
    let accounts = 0;
    before(async () => {
      shared = await engine.open(SHOP_ROOMS);
    });
    after(() => shared?.[Symbol.asyncDispose]());

    it('agrees, counts what it saw, and does not mind rows at zero', async () => {
      await using opened = await engine.open(SHOP_ROOMS);
      const { database } = opened;
      assert.deepEqual(await verify(database), { documents: 0, entries: 0, differences: [], omitted: 0 });
      await arrange(database, 1);
      const shop = await arrange(database, 2);
      await shop.remove(0);
      assert.deepEqual(await verify(database), { documents: 9, entries: 7, differences: [], omitted: 0 });
      assert.deepEqual(await verify(database, shop.account), {
        documents: 4,
        entries: 3,
        differences: [],
        omitted: 0,
      });
    });

    for (const { what, statement, expected } of TAMPERINGS) {
      it(`finds ${what}`, async () => {
        const { database } = shared!;
        const { account } = await arrange(database, ++accounts);
        assert.equal(await database.write((tx) => tx.run(statement, [account])), 1);
        const { differences } = await verify(database, account);
        assert.partialDeepStrictEqual(differences, expected);
        assert.equal(differences.length, expected.length);
        assert.ok(differences.every((each) => each.account === account));
      });
    }

    it('tells a bounded number of differences and counts the rest', async () => {
      await using opened = await engine.open(SHOP_ROOMS);
      const many = 10_003;
      const rows = Array.from({ length: many }, (_, index) => [1, index + 1, 1]);
      await opened.database.write((tx) =>
        tx.insertRows('total', ['account', 'assortment', 'quantity'], rows),
      );
      const { differences, omitted } = await verify(opened.database);
      assert.deepEqual([differences.length, omitted], [10_000, 3]);
    });
  });
}
