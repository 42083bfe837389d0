/**
 * Random ledgers, kept in both engines and as plain books: what the report says of any moment, by any filter and in
 * any order, is what the documents add up to; pages are windows of it; the engines agree byte for byte.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { verify } from '../../../src/warehouse/ledger/verify.ts';
import { type Folder, type Mode, type Paper, type Question, stockByStoreRows } from '../../oracle/stock.ts';
import { engines, type TestDatabase } from '../../support/engines.ts';
import { BASE, hrefOf, SHOP_ROOMS, Shop } from '../../support/shop.ts';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 2, 1, 10);
/** Documents lie in these few minutes, so that many share one; half of them are still to come. */
const MINUTES = 5;
const NOW = START + 2 * MINUTE_MS + 1_234;
const RUNS = 25;

/** UTF-8 and UTF-16 put these in different orders, and upper case before lower. */
const NAMES = ['apple', 'Apple', 'Яблоко', 'яблоко 2', '\uff5e tilde', '😀 face', 'a_b', 'a%b', 'Äpfel'];

const pick = fc.nat({ max: 1_000 });
const of = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

const mostly = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean());

const positions = fc.array(fc.record({ good: pick, quantity: fc.integer({ min: 1, max: 99_999 }) }), {
  minLength: 1,
  maxLength: 4,
});
const paper = fc.record({
  kind: fc.constantFrom('enter', 'loss', 'demand', 'salesreturn'),
  minute: fc.integer({ min: 0, max: MINUTES - 1 }),
  applicable: mostly,
  store: pick,
  positions,
});
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('post'), paper }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('edit'), which: pick, paper }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('remove'), which: pick }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('archive'), what: pick, archived: mostly }) },
);
const question = fc.record({
  /** Half minutes: between documents and on them. */
  halfMinute: fc.option(fc.integer({ min: -1, max: 2 * MINUTES })),
  mode: fc.option(
    fc.constantFrom<Mode>('all', 'positiveOnly', 'negativeOnly', 'empty', 'nonEmpty', 'underMinimum'),
  ),
  stores: fc.option(fc.array(pick, { minLength: 1, maxLength: 2 })),
  goods: fc.option(
    fc.oneof(
      fc.record({ products: fc.array(pick, { minLength: 1, maxLength: 3 }) }),
      fc.record({ folders: fc.array(pick, { minLength: 1, maxLength: 2 }) }),
      fc.record({ search: fc.constantFrom('appl', 'ЯБЛ', '_', '%', 'b', 'ÄPF') }),
    ),
  ),
  order: fc.array(
    fc.record({
      key: fc.constantFrom('pathName', 'name', 'code', 'productCode', 'stockOnAllStores'),
      descending: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  limit: fc.integer({ min: 1, max: 5 }),
});
const story = fc.record({
  goods: fc.array(
    fc.record({
      name: pick,
      folder: pick,
      code: fc.option(pick),
      article: fc.option(pick),
      minimum: fc.option(pick),
    }),
    { minLength: 2, maxLength: 7, size: 'max' },
  ),
  acts: fc.array(act, { minLength: 4, maxLength: 16, size: 'max' }),
  questions: fc.array(question, { minLength: 4, maxLength: 4 }),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;
type Asked = Story['questions'][number];

interface Told {
  readonly shop: Shop;
  readonly folders: readonly Folder[];
}

/** Lives a story in a new account. */
async function tell(shop: Shop, { goods, acts }: Story): Promise<Told> {
  const top = await shop.folder('Fruit');
  const folders = [
    top,
    await shop.folder('Fresh', top),
    await shop.folder('Fruit/Fresh'),
    await shop.folder('😀'),
  ];
  for (const name of ['Zoo', 'Main warehouse', '～']) await shop.store(name);
  for (const { name, folder, code, article, minimum } of goods) {
    await shop.product(of(NAMES, name), {
      ...(folder % 5 < 4 && { folder: of(folders, folder) }),
      ...(code !== null && { code: `c${code % 3}` }),
      ...(article !== null && { article: `a${article % 3}` }),
      ...(minimum !== null && { minimum: (minimum % 5) / 4 }),
    });
  }
  for (const each of acts) await perform(shop, each);
  return { shop, folders };
}

async function perform(shop: Shop, each: Story['acts'][number]): Promise<void> {
  const { papers, stores, goods } = shop.books;
  if ('what' in each) {
    // The first store stays, so that documents always have one.
    await shop.setArchived(of([...stores.slice(1), ...goods], each.what), each.archived);
  } else if (!('which' in each)) {
    await shop.post({ kind: each.paper.kind as Paper['kind'], ...paperOf(shop, each.paper) });
  } else if (papers.length > 0 && 'paper' in each) {
    await shop.edit(each.which % papers.length, paperOf(shop, each.paper));
  } else if (papers.length > 0) {
    await shop.remove(each.which % papers.length);
  }
}

function paperOf(
  { books }: Shop,
  drawn: {
    minute: number;
    applicable: boolean;
    store: number;
    positions: { good: number; quantity: number }[];
  },
): Omit<Paper, 'kind'> {
  return {
    moment: START + drawn.minute * MINUTE_MS,
    applicable: drawn.applicable,
    store: of(books.stores, drawn.store),
    positions: drawn.positions.map(({ good, quantity }) => ({
      good: of(books.goods, good),
      quantity: quantity / 10_000,
    })),
  };
}

/** The same question as a query and for the oracle. */
function ask(asked: Asked, { shop, folders }: Told): { query: string; question: Question } {
  const { goods, stores } = shop.books;
  const conditions: string[] = [];
  const moment = asked.halfMinute === null ? NOW : START + (asked.halfMinute * MINUTE_MS) / 2;
  if (asked.halfMinute !== null) {
    conditions.push(`moment=${new Date(moment).toISOString().slice(0, 19).replace('T', ' ')}`);
  }
  if (asked.mode !== null) conditions.push(`stockMode=${asked.mode}`);
  const chosen = asked.stores?.map((index) => of(stores, index));
  for (const { id } of chosen ?? []) conditions.push(`store=${hrefOf('store', id)}`);
  let narrowed: Pick<Question, 'goods' | 'folders' | 'search'> = {};
  if (asked.goods !== null && 'products' in asked.goods) {
    narrowed = { goods: asked.goods.products.map((index) => of(goods, index)) };
    for (const { id } of narrowed.goods ?? []) conditions.push(`product=${hrefOf('product', id)}`);
  } else if (asked.goods !== null && 'folders' in asked.goods) {
    narrowed = { folders: asked.goods.folders.map((index) => of(folders, index)) };
    for (const { id } of narrowed.folders ?? [])
      conditions.push(`productFolder=${hrefOf('productfolder', id)}`);
  } else if (asked.goods !== null) {
    narrowed = { search: asked.goods.search };
    conditions.push(`search=${asked.goods.search}`);
  }
  const order = asked.order.map(({ key, descending }) => `${key}${descending ? ',desc' : ''}`).join(';');
  return {
    query: `filter=${encodeURIComponent(conditions.join(';'))}&order=${encodeURIComponent(order)}`,
    question: {
      moment,
      mode: asked.mode ?? 'nonEmpty',
      ...(chosen !== undefined && { stores: chosen }),
      ...narrowed,
      order: asked.order as Question['order'],
    },
  };
}

interface Body {
  readonly meta: { readonly size: number; readonly nextHref?: string; readonly limit?: number };
  readonly rows: readonly object[];
}
const parsed = (body: Buffer): Body => JSON.parse(body.toString()) as Body;
/** The bytes of the rows, as they stand. */
const rowText = (body: Buffer): string =>
  body
    .toString()
    .replace(/^.*?"rows":\[/, '')
    .slice(0, -2);

async function checkPages(shop: Shop, query: string, whole: Buffer, limit: number): Promise<void> {
  const { rows } = parsed(whole);
  const texts: string[] = [];
  for (let offset = 0; offset < rows.length; offset += limit) {
    const page = await shop.report(query, NOW, { limit, offset });
    assert.equal(parsed(page).meta.size, rows.length);
    assert.equal(parsed(page).meta.nextHref !== undefined, offset + limit < rows.length);
    texts.push(rowText(page));
  }
  assert.equal(texts.join(','), rowText(whole));
  assert.deepEqual(parsed(await shop.report(query, NOW, { limit: 10, offset: rows.length })).rows, []);
}

describe('report/stock/bystore on random ledgers', () => {
  let databases: TestDatabase[] = [];
  before(async () => {
    databases = await Promise.all(engines.map((engine) => engine.open(SHOP_ROOMS)));
  });
  after(() => Promise.all(databases.map((each) => each[Symbol.asyncDispose]())));
  let accounts = 0;

  it('is what the documents add up to, in pages as whole, alike on both engines', async () => {
    await fc.assert(
      fc.asyncProperty(fc.noBias(story), async (drawn) => {
        const key = ++accounts;
        const told: Told[] = [];
        for (const { database } of databases) told.push(await tell(await Shop.open(database, key), drawn));
        for (const { shop } of told) {
          assert.deepEqual((await verify(shop.database, shop.account)).differences, []);
        }
        for (const asked of drawn.questions) {
          const bodies: Buffer[] = [];
          for (const each of told) {
            const { query, question } = ask(asked, each);
            const body = await each.shop.report(query, NOW);
            const expected = stockByStoreRows(each.shop.books, question, BASE);
            assert.deepEqual(parsed(body).rows, expected);
            assert.equal(parsed(body).meta.size, expected.length);
            await checkPages(each.shop, query, body, asked.limit);
            bodies.push(body);
          }
          assert.ok(bodies[0]!.equals(bodies[1]!), 'the engines differ');
        }
      }),
      { numRuns: RUNS },
    );
  });
});
