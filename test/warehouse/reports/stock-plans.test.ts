/**
 * Which indexes SQLite takes: it has no statistics here, as in production, and chose badly more than once. Captured
 * are the very statements of the report.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseQuery } from '../../../src/contract/query.ts';
import { UTC } from '../../../src/contract/zones.ts';
import type { Children, Family, Snapshot, Statement } from '../../../src/database/database.ts';
import { accountKey } from '../../../src/platform/ids.ts';
import { stockAt } from '../../../src/warehouse/ledger/balances.ts';
import { stockByStore } from '../../../src/warehouse/reports/stock-bystore.ts';
import { engines } from '../../support/engines.ts';
import { BASE, hrefOf, SHOP_ROOMS, Shop } from '../../support/shop.ts';

const MOMENT = Date.UTC(2026, 2, 1, 10);

const childrenText = ({ columns, from, where, params, key, groupBy }: Children): string =>
  `select ${columns.join(', ')} from ${from} where (${where}) and ${key} = $${params.length + 1}` +
  (groupBy === undefined ? '' : ` group by ${groupBy}`);

/** The plans of a report's parents and children, a line each. */
async function plansOf(shop: Shop, query: string): Promise<{ parents: string[]; children: string[] }> {
  return shop.database.snapshot(async (snapshot) => {
    let seen: [Statement, Children] | undefined;
    const watched: Snapshot = Object.create(snapshot, {
      families: {
        value: async function* (parents: Statement, children: Children): AsyncGenerator<readonly Family[]> {
          seen = [parents, children];
          yield [];
        },
      },
      one: { value: snapshot.one.bind(snapshot) },
      all: { value: snapshot.all.bind(snapshot) },
    });
    const opened = await stockByStore.open(watched, {
      account: shop.account,
      base: BASE,
      url: BASE,
      query: parseQuery(query),
      zone: UTC,
      now: MOMENT,
      commit: { sequence: 1, moment: 1 },
    });
    for await (const batch of opened.batches) assert.deepEqual(batch, []);
    const [parents, children] = seen!;
    return {
      parents: await planOf(snapshot, parents.text, parents.params),
      children: await planOf(snapshot, childrenText(children), [...children.params, 1]),
    };
  });
}

async function planOf(snapshot: Snapshot, text: string, params: Statement['params']): Promise<string[]> {
  const rows = await snapshot.all<{ detail: string }>(`explain query plan ${text}`, params);
  return rows.map(({ detail }) => detail);
}

const sqlite = engines.find(({ name }) => name === 'sqlite')!;

describe('the plans of report/stock/bystore in SQLite', () => {
  it('read all goods from the index in report order, without sorting', async () => {
    await using opened = await sqlite.open(SHOP_ROOMS);
    const shop = await Shop.open(opened.database);
    const store = shop.books.stores[0]!;
    const good = await shop.product('Bolt');
    await shop.post({
      kind: 'enter',
      moment: MOMENT,
      applicable: true,
      store,
      positions: [{ good, quantity: 1 }],
    });
    const { parents, children } = await plansOf(shop, '');
    assert.deepEqual(parents, [
      'SEARCH a USING COVERING INDEX assortment_path (account=? AND archived=?)',
      'SEARCH t USING PRIMARY KEY (account=? AND assortment=?) LEFT-JOIN',
    ]);
    assert.deepEqual(children, ['SEARCH balance USING PRIMARY KEY (account=? AND assortment=?)']);
    await shop.store('Other');
    const one = await plansOf(shop, `filter=store=${hrefOf('store', store.id)}`);
    assert.deepEqual(one.children, [
      'SEARCH balance USING PRIMARY KEY (account=? AND assortment=? AND store=?)',
    ]);
  });

  it('find the goods of folders, and the folders below them, by their indexes', async () => {
    await using opened = await sqlite.open(SHOP_ROOMS);
    const shop = await Shop.open(opened.database);
    const folder = await shop.folder('Tools');
    await shop.product('Bolt', { folder });
    const query = `filter=stockMode=all;productFolder=${hrefOf('productfolder', folder.id)}`;
    const { parents } = await plansOf(shop, query);
    for (const step of [
      'SEARCH a USING INDEX assortment_folder (account=? AND folder=?)',
      'SEARCH e USING INDEX entity_parent (account=? AND parent=?)',
    ]) {
      assert.ok(parents.includes(step), parents.join('\n'));
    }
  });

  it('sum the history of an assortment from the primary key', async () => {
    await using opened = await sqlite.open(SHOP_ROOMS);
    const account = accountKey(1);
    await opened.database.snapshot(async (snapshot) => {
      await assertHistory(snapshot, await stockAt(snapshot, { account, moment: 5 }, -1));
    });
  });
});

async function assertHistory(snapshot: Snapshot, { cells, total }: Awaited<ReturnType<typeof stockAt>>) {
  assert.equal(cells.from, 'entry');
  assert.deepEqual(await planOf(snapshot, childrenText(cells), [...cells.params, 1]), [
    'SEARCH entry USING PRIMARY KEY (account=? AND assortment=?)',
  ]);
  const plan = await planOf(snapshot, `select ${total.expression} from assortment a${total.join}`, []);
  assert.ok(plan.includes('SEARCH e USING PRIMARY KEY (account=? AND assortment=?)'), plan.join('\n'));
}
