import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Database } from '../../../src/database/database.ts';
import { accountKey } from '../../../src/platform/ids.ts';
import type { Entry } from '../../../src/warehouse/ledger/entries.ts';
import { post, StockBeyondBound } from '../../../src/warehouse/ledger/post.ts';
import { ledgerMigrations } from '../../../src/warehouse/ledger/tables.ts';
import { engines } from '../../support/engines.ts';

const account = accountKey(7);
const neighbour = accountKey(8);

const entry = fc.record({
  assortment: fc.integer({ min: 1, max: 4 }),
  store: fc.integer({ min: 1, max: 3 }),
  moment: fc.integer({ min: 0, max: 3 }),
  document: fc.integer({ min: 1, max: 3 }),
  position: fc.integer({ min: 1, max: 3 }),
  quantity: fc.integer({ min: -50_000, max: 50_000 }),
});
const entries = fc.uniqueArray(entry, { selector: (each) => JSON.stringify(each), maxLength: 30 });

const keyOf = ({ assortment, store, moment, document, position, quantity }: Entry): number[] => [
  assortment,
  store,
  moment,
  document,
  position,
  quantity,
];
const byNumbers = (a: readonly number[], b: readonly number[]): number =>
  a.map((each, index) => each - b[index]!).find((difference) => difference !== 0) ?? 0;

interface Registers {
  readonly entry: number[][];
  readonly balance: number[][];
  readonly total: number[][];
}

async function registersOf(database: Database): Promise<Registers> {
  const read = (columns: string, table: string): Promise<number[][]> =>
    database.read(async (queries) => {
      const rows = await queries.all<Record<string, number>>(
        `select ${columns} from ${table} where account = $1 order by ${columns}`,
        [account],
      );
      return rows.map((row) => Object.values(row));
    });
  return {
    entry: await read('assortment, store, moment, document, position, quantity', 'entry'),
    balance: await read('assortment, store, quantity', 'balance'),
    total: await read('assortment, quantity', 'total'),
  };
}

/** What the registers must hold, added up the plain way; cells that were ever touched have a row. */
function added(standing: readonly Entry[], ever: readonly Entry[]): Registers {
  const balance = new Map<string, number[]>();
  const total = new Map<number, number[]>();
  for (const { assortment, store } of ever) {
    balance.set(`${assortment} ${store}`, [assortment, store, 0]);
    total.set(assortment, [assortment, 0]);
  }
  for (const { assortment, store, quantity } of standing) {
    balance.get(`${assortment} ${store}`)![2]! += quantity;
    total.get(assortment)![1]! += quantity;
  }
  return {
    entry: standing.map(keyOf).sort(byNumbers),
    balance: [...balance.values()].sort(byNumbers),
    total: [...total.values()].sort(byNumbers),
  };
}

for (const engine of engines) {
  describe(`posting in ${engine.name}`, () => {
    it('leaves in the registers what the entries add up to, and rows at zero', async () => {
      await using opened = await engine.open([ledgerMigrations]);
      const { database } = opened;
      await fc.assert(
        fc.asyncProperty(fc.array(entries, { maxLength: 4 }), async (states) => {
          await database.write(async (tx) => {
            for (const table of ['entry', 'balance', 'total']) await tx.run(`delete from ${table}`);
            await post(tx, neighbour, [], [{ ...NEIGHBOUR }]);
          });
          let standing: readonly Entry[] = [];
          const ever: Entry[] = [];
          for (const next of states) {
            const before = standing;
            const touched = await database.write((tx) => post(tx, account, before, next));
            assert.deepEqual(touched, changedBetween(before, next));
            ever.push(...next);
            standing = next;
            assert.deepEqual(await registersOf(database), added(standing, ever));
          }
          const other = await database.read((queries) =>
            queries.all('select quantity from total where account = $1', [neighbour]),
          );
          assert.deepEqual(other, [{ quantity: NEIGHBOUR.quantity }]);
        }),
        { numRuns: 30 },
      );
    });

    it('posts hundreds of documents at once', async () => {
      await using opened = await engine.open([ledgerMigrations]);
      const many = Array.from({ length: 5_000 }, (_, index) => ({
        assortment: 1 + (index % 97),
        store: 1 + (index % 5),
        moment: index,
        document: 1 + (index >> 3),
        position: 1 + (index & 7),
        quantity: (index % 2 === 0 ? 1 : -1) * index,
      }));
      await opened.database.write((tx) => post(tx, account, [], many));
      assert.deepEqual(await registersOf(opened.database), added(many, many));
      await opened.database.write((tx) => post(tx, account, many, []));
      assert.deepEqual(await registersOf(opened.database), added([], many));
    });

    it('refuses stock beyond the bound, in one posting or with what stands, and leaves the registers alone', async () => {
      await using opened = await engine.open([ledgerMigrations]);
      const { database } = opened;
      const most = Number.MAX_SAFE_INTEGER;
      const of = (quantity: number, store: number, document: number): Entry => {
        return { assortment: 1, store, moment: 1, document, position: 1, quantity };
      };
      const posted = (...entries: readonly Entry[]) => database.write((tx) => post(tx, account, [], entries));
      await assert.rejects(posted(of(most, 1, 1), of(1, 1, 2)), StockBeyondBound);
      await assert.rejects(posted(of(most, 1, 1), of(1, 2, 2)), StockBeyondBound);
      await posted(of(most, 1, 1));
      await posted(of(-most, 2, 2));
      const standing = [of(most, 1, 1), of(-most, 2, 2)];
      await assert.rejects(posted(of(1, 1, 3)), StockBeyondBound);
      await assert.rejects(posted(of(-1, 2, 3)), StockBeyondBound);
      // Within the bound in each store, beyond it in all.
      await assert.rejects(posted(of(most, 3, 3), of(1, 4, 4)), StockBeyondBound);
      assert.deepEqual(await registersOf(database), added(standing, standing));
    });

    it('touches nothing when nothing changes', async () => {
      await using opened = await engine.open([ledgerMigrations]);
      const touched = await opened.database.write((tx) => post(tx, account, [NEIGHBOUR], [{ ...NEIGHBOUR }]));
      assert.deepEqual(touched, []);
      assert.deepEqual(await registersOf(opened.database), { entry: [], balance: [], total: [] });
    });
  });
}

const NEIGHBOUR: Entry = { assortment: 1, store: 1, moment: 1, document: 1, position: 1, quantity: 12_345 };

/** Assortments with an entry on one side only. */
function changedBetween(before: readonly Entry[], after: readonly Entry[]): number[] {
  const isIn = (list: readonly Entry[], wanted: Entry): boolean =>
    list.some((each) => JSON.stringify(keyOf(each)) === JSON.stringify(keyOf(wanted)));
  const changed = [
    ...before.filter((each) => !isIn(after, each)),
    ...after.filter((each) => !isIn(before, each)),
  ];
  return [...new Set(changed.map(({ assortment }) => assortment))].sort((a, b) => a - b);
}
