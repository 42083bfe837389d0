import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../../src/contract/errors.ts';
import { type Zone, zoneOf } from '../../../src/contract/zones.ts';
import { lastCommit } from '../../../src/warehouse/ledger/changes.ts';
import { verify } from '../../../src/warehouse/ledger/verify.ts';
import { type Question, stockByStoreRows } from '../../oracle/stock.ts';
import { engines } from '../../support/engines.ts';
import { BASE, hrefOf, SHOP_ROOMS, Shop } from '../../support/shop.ts';

const MINUTE_MS = 60_000;
const march = (day: number, hour = 10): number => Date.UTC(2026, 2, day, hour);
const NOW = march(20);
const GONE = '11111111-2222-4333-8444-555555555555';

interface Body {
  readonly context: object;
  readonly meta: Readonly<Record<string, unknown>> & { readonly size: number };
  readonly rows: readonly {
    readonly meta: { readonly href: string };
    readonly stockByStore: readonly { readonly name: string; readonly stock: number }[];
  }[];
}

async function bodyOf(
  shop: Shop,
  query = '',
  now = NOW,
  window?: { limit: number; offset: number },
): Promise<Body> {
  return JSON.parse((await shop.report(query, now, window)).toString()) as Body;
}

const filter = (...conditions: readonly string[]): string =>
  `filter=${encodeURIComponent(conditions.join(';'))}`;

/** Stock by the name of the store, of the only row. */
async function stocks(shop: Shop, query = '', now = NOW): Promise<Record<string, number>> {
  const { rows } = await bodyOf(shop, query, now);
  assert.equal(rows.length, 1);
  return Object.fromEntries(rows[0]!.stockByStore.map(({ name, stock }) => [name, stock]));
}

/** Codes of the goods, in the order of the rows. */
async function goods(shop: Shop, query: string): Promise<string[]> {
  const { rows } = await bodyOf(shop, query);
  return rows.map(({ meta }) => {
    const good = shop.books.goods.find(({ id }) => meta.href.includes(id));
    return good?.code ?? good?.name ?? '?';
  });
}

async function refusal(work: Promise<unknown>): Promise<[status: number, code: number, parameter?: string]> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const [first] = error.problems;
    return [error.status, first!.code, ...(first!.parameter === undefined ? [] : [first!.parameter])] as [
      number,
      number,
    ];
  }
  throw new Error('it was not refused');
}

for (const engine of engines) {
  const open = async (zone?: Zone) => {
    const opened = await engine.open(SHOP_ROOMS);
    const shop = await Shop.open(opened.database, 1, zone);
    return Object.assign(opened, { shop, main: shop.books.stores[0]! });
  };
  const enter = { kind: 'enter', applicable: true } as const;

  describe(`report/stock/bystore in ${engine.name}`, () => {
    it('answers as the document of the exchange shows it, without limit and offset when whole', async () => {
      await using opened = await open();
      const { shop, main } = opened;
      const side = await shop.store('Not the main "warehouse"');
      const good = await shop.product('Bolt');
      const positions = [{ good, quantity: 30 }];
      await shop.post({ ...enter, kind: 'loss', moment: march(1), store: side, positions });
      const employee = { href: `${BASE}/context/employee`, type: 'employee', mediaType: 'application/json' };
      const metadataHref = `${BASE}/entity/employee/metadata`;
      const cell = (store: typeof main, stock: number) => ({
        meta: {
          href: `${BASE}/entity/store/${store.id}`,
          metadataHref: `${BASE}/entity/store/metadata`,
          type: 'store',
          mediaType: 'application/json',
        },
        name: store.name,
        stock,
        reserve: 0,
        inTransit: 0,
      });
      const whole = {
        context: { employee: { ...employee, meta: { ...employee, metadataHref } } },
        meta: {
          href: `${BASE}/report/stock/bystore?async=true`,
          type: 'stockbystore',
          mediaType: 'application/json',
          size: 1,
        },
        rows: [
          {
            meta: {
              href: `${BASE}/entity/product/${good.id}?expand=supplier`,
              metadataHref: `${BASE}/entity/product/metadata`,
              type: 'product',
              mediaType: 'application/json',
            },
            stockByStore: [cell(main, 0), cell(side, -30)],
          },
        ],
      };
      assert.deepEqual(await bodyOf(shop, 'async=true'), whole);
      const page = await bodyOf(shop, 'limit=1&offset=1', NOW, { limit: 1, offset: 1 });
      assert.deepEqual(page, {
        context: whole.context,
        meta: {
          ...whole.meta,
          href: `${BASE}/report/stock/bystore?limit=1&offset=1`,
          limit: 1,
          offset: 1,
          previousHref: `${BASE}/report/stock/bystore?limit=1&offset=0`,
        },
        rows: [],
      });
    });

    it('L-01: follows a back-dated document and its deletion at every moment', async () => {
      await using opened = await open();
      const { shop, main } = opened;
      const good = await shop.product('Bolt');
      const paper = { ...enter, store: main };
      await shop.post({ ...paper, moment: march(1), positions: [{ good, quantity: 10 }] });
      await shop.post({ ...paper, kind: 'loss', moment: march(10), positions: [{ good, quantity: 4 }] });
      const seen = async (): Promise<(number | undefined)[]> => {
        const found = [];
        for (const day of ['04', '06', '11']) found.push(await stocks(shop, filter(`moment=2026-03-${day}`)));
        return [...found, await stocks(shop)].map((each) => each['Main warehouse']);
      };
      await shop.post({ ...paper, moment: march(5), positions: [{ good, quantity: 5 }] });
      assert.deepEqual(await seen(), [10, 15, 11, 11]);
      await shop.remove(2);
      assert.deepEqual(await seen(), [10, 10, 6, 6]);
      assert.deepEqual((await verify(shop.database)).differences, []);
    });

    it('L-06: writes 3140 less 3106.4 as 33.6', async () => {
      await using opened = await open();
      const { shop, main } = opened;
      const good = await shop.product('Cable');
      const paper = { ...enter, store: main, moment: march(1) };
      await shop.post({ ...paper, positions: [{ good, quantity: 3140 }] });
      await shop.post({ ...paper, kind: 'demand', positions: [{ good, quantity: 3106.4 }] });
      assert.match((await shop.report('', NOW)).toString(), /"stock":33\.6,/);
    });

    it('L-09: reads moments in the zone of the service, whatever the zone of the process', async () => {
      const before = process.env.TZ;
      process.env.TZ = 'America/New_York';
      try {
        const zone = zoneOf('Europe/Moscow')!;
        await using opened = await open(zone);
        const { shop, main } = opened;
        const good = await shop.product('Bolt');
        const moment = Date.UTC(2026, 3, 11, 21, 30); // 2026-04-12 00:30 in Moscow
        await shop.post({ ...enter, moment, store: main, positions: [{ good, quantity: 1 }] });
        const at = async (text: string) =>
          stocks(shop, filter(`moment=${text}`, 'stockMode=all'), Date.UTC(2026, 4, 1));
        assert.deepEqual(await at('2026-04-11 23:59:59'), { 'Main warehouse': 0 });
        assert.deepEqual(await at('2026-04-12 23:59:59'), { 'Main warehouse': 1 });
      } finally {
        if (before === undefined) delete process.env.TZ;
        else process.env.TZ = before;
      }
    });

    it('L-10: says the same now and at the present second, also of a store that is not the first', async () => {
      await using opened = await open();
      const { shop } = opened;
      const other = await shop.store('Other');
      const good = await shop.product('Bolt');
      await shop.post({
        ...enter,
        kind: 'demand',
        moment: NOW,
        store: other,
        positions: [{ good, quantity: 2.25 }],
      });
      const present = await bodyOf(shop, filter('moment=2026-03-20 10:00:00'));
      assert.deepEqual(present.rows, (await bodyOf(shop)).rows);
      assert.deepEqual(await stocks(shop), { 'Main warehouse': 0, Other: -2.25 });
      assert.deepEqual(await stocks(shop, filter(`store=${hrefOf('store', other.id)}`)), { Other: -2.25 });
    });

    it('counts a document of the future when its time comes', async () => {
      await using opened = await open();
      const { shop, main } = opened;
      const good = await shop.product('Bolt');
      await shop.post({ ...enter, moment: NOW, store: main, positions: [{ good, quantity: 1 }] });
      await shop.post({ ...enter, moment: NOW + MINUTE_MS, store: main, positions: [{ good, quantity: 2 }] });
      assert.deepEqual(await stocks(shop, '', NOW + MINUTE_MS - 1), { 'Main warehouse': 1 });
      assert.deepEqual(await stocks(shop, '', NOW + MINUTE_MS), { 'Main warehouse': 3 });
    });

    it('leaves archived stores out, of the cells as of the total', async () => {
      await using opened = await open();
      const { shop, main } = opened;
      const old = await shop.store('Old');
      const good = await shop.product('Bolt');
      await shop.post({ ...enter, moment: march(1), store: old, positions: [{ good, quantity: 5 }] });
      await shop.setArchived(old, true);
      assert.equal((await bodyOf(shop)).meta.size, 0);
      assert.deepEqual(await stocks(shop, filter('stockMode=all')), { 'Main warehouse': 0 });
      assert.deepEqual(
        (await bodyOf(shop, filter('stockMode=all', `store=${hrefOf('store', old.id)}`))).rows,
        [],
      );
      await shop.post({ ...enter, moment: march(1), store: main, positions: [{ good, quantity: 1 }] });
      assert.deepEqual(await stocks(shop), { 'Main warehouse': 1 });
    });

    it('E-26: is empty where the filter finds nothing or leads nowhere', async () => {
      await using opened = await open();
      const { shop, main } = opened;
      const good = await shop.product('Bolt');
      await shop.post({ ...enter, moment: march(1), store: main, positions: [{ good, quantity: 1 }] });
      for (const condition of [
        'stockMode=negativeOnly',
        `store=${hrefOf('store', GONE)}`,
        `product=${hrefOf('product', GONE)}`,
        `productFolder=${hrefOf('productfolder', GONE)}`,
        `variant=${hrefOf('variant', GONE)}`,
        `consignment=${hrefOf('consignment', good.id)}`,
        'search=nowhere',
        'moment=2026-02-28 23:59:59',
      ]) {
        const body = await bodyOf(shop, filter(condition));
        assert.deepEqual([body.rows, body.meta.size], [[], 0], condition);
      }
    });

    it('says nothing of another account', async () => {
      await using opened = await open();
      const { shop, main } = opened;
      const good = await shop.product('Bolt');
      await shop.post({ ...enter, moment: march(1), store: main, positions: [{ good, quantity: 1 }] });
      const foreign = await Shop.open(opened.database, 2);
      for (const condition of ['stockMode=all', `product=${hrefOf('product', good.id)}`]) {
        assert.deepEqual((await bodyOf(foreign, filter(condition))).rows, []);
      }
    });

    it('narrows by conditions behind filter= that are written as bare parameters', async () => {
      await using opened = await open();
      const { shop } = opened;
      for (const code of ['a', 'b', 'c']) await shop.product(`Bolt ${code}`, { code });
      const [first, second] = shop.books.goods.map(({ id }) => `product=${hrefOf('product', id)}`);
      assert.deepEqual(await goods(shop, `filter=stockMode=all&${first}&${second}`), ['a', 'b']);
      assert.deepEqual(await goods(shop, `${first}&filter=stockMode=all&project=x`), ['a', 'b', 'c']);
    });

    it('orders by group path, name and creation, absent codes last when ascending', async () => {
      await using opened = await open();
      const { shop } = opened;
      const zoo = await shop.folder('Zoo');
      const inner = await shop.folder('A', zoo);
      await shop.product('same', { code: '1', folder: zoo });
      await shop.product('same', { code: '2', folder: inner });
      await shop.product('same', { code: '3' });
      await shop.product('same', { code: '4', folder: zoo });
      await shop.product('Same', { folder: zoo });
      const all = filter('stockMode=all');
      assert.deepEqual(await goods(shop, all), ['3', 'Same', '1', '4', '2']);
      assert.deepEqual(await goods(shop, `${all}&order=`), ['3', 'Same', '1', '4', '2']);
      assert.deepEqual(await goods(shop, `${all}&order=code`), ['1', '2', '3', '4', 'Same']);
      assert.deepEqual(await goods(shop, `${all}&order=code,%20desc`), ['Same', '4', '3', '2', '1']);
      assert.deepEqual(await goods(shop, `${all}&order=pathName,desc;name`), ['2', 'Same', '1', '4', '3']);
      const inZoo = filter('stockMode=all', `productFolder=${hrefOf('productfolder', zoo.id)}`);
      assert.deepEqual(await goods(shop, inZoo), ['Same', '1', '4', '2']);
    });

    it('refuses what it does not know, with the code of the contract', async () => {
      await using opened = await open();
      const { shop } = opened;
      const product = `product=${hrefOf('product', GONE)}`;
      const cases: readonly (readonly [query: string, status: number, code: number, parameter: string])[] = [
        [filter('quantityMode=all'), 400, 1034, 'quantityMode'],
        [filter('supplier=x'), 400, 1034, 'supplier'],
        [filter('groupBy=product'), 400, 1034, 'groupBy'],
        [filter('store!=x'), 400, 1034, 'store'],
        [filter('moment<2026-01-01'), 400, 1034, 'moment'],
        [filter('store='), 400, 1034, 'store'],
        [filter('nonsense'), 400, 1034, 'filter'],
        [filter(product, 'search=a'), 400, 1034, 'filter'],
        [filter(product, `productFolder=${hrefOf('productfolder', GONE)}`), 400, 1034, 'filter'],
        [filter('moment=2026-01-01', 'moment=2026-01-02'), 400, 1030, 'moment'],
        [filter('moment=yesterday'), 400, 1035, 'moment'],
        [filter('moment=1970-01-01'), 400, 1035, 'moment'],
        [filter('stockMode=some'), 400, 1041, 'stockMode'],
        [filter(`product=${hrefOf('store', GONE)}`), 400, 1014, 'product'],
        ['order=price', 400, 1063, 'order'],
        ['order=name,up', 400, 1042, 'order'],
        ['groupBy=store', 400, 1084, 'groupBy'],
      ];
      for (const [query, ...expected] of cases) {
        assert.deepEqual(await refusal(shop.report(query, NOW)), expected, decodeURIComponent(query));
      }
      for (const grouping of ['product', 'variant', 'consignment']) {
        assert.equal((await bodyOf(shop, `groupBy=${grouping}`)).meta.size, 0);
      }
    });

    it('E-24: is one committed state, with a cell for every store of that state, however busy the writers', async () => {
      await using opened = await open();
      const { shop } = opened;
      const question: Question = { moment: NOW, mode: 'all', order: [] };
      const all = filter('stockMode=all');
      const states = new Map<number, object[]>();
      const note = async (): Promise<void> => {
        const { sequence } = await shop.database.read((queries) => lastCommit(queries, shop.account, 0));
        states.set(sequence, stockByStoreRows(shop.books, question, BASE));
      };
      const folder = await shop.folder('Group');
      await note();
      let isWriting = true;
      let stepped = Promise.withResolvers<void>();
      const write = async (): Promise<void> => {
        for (let round = 0; round < 12; round++) {
          const positions = shop.books.goods.map((good, index) => ({ good, quantity: index + 1.5 }));
          const steps = [
            () => shop.store(`Store ${round}`),
            () => shop.product(`Bolt ${round % 5}`, { folder }),
            () => shop.setArchived(shop.books.stores[round % 3]!, round % 2 === 1),
            () => shop.post({ ...enter, moment: march(1), store: shop.books.stores[round % 2]!, positions }),
          ];
          for (const step of steps) {
            await step();
            await note();
            stepped.resolve();
            stepped = Promise.withResolvers();
          }
        }
        isWriting = false;
        stepped.resolve();
      };
      const seen: { sequence: number; rows: unknown }[] = [];
      const read = async (): Promise<void> => {
        while (isWriting) {
          // Between opening and reading at least one change is committed.
          const { sequence, body } = await shop.reportWhile(all, NOW, undefined, () => stepped.promise);
          seen.push({ sequence, rows: (JSON.parse(body.toString()) as Body).rows });
        }
      };
      await Promise.all([write(), read(), read()]);
      for (const { sequence, rows } of seen)
        assert.deepEqual(rows, states.get(sequence), `state ${sequence}`);
      assert.ok(new Set(seen.map(({ sequence }) => sequence)).size > 3, 'the reports met the writer');
    });
  });
}
