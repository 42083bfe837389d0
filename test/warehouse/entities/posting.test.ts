/** Registers after every history of documents: compared with arithmetic on the documents as the API shows them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { engines } from '../../support/engines.ts';
import { FreshAccount, type Json, ref } from './fresh-account.ts';

const SIGNS = { enter: 1, salesreturn: 1, loss: -1, demand: -1 } as const;
type Kind = keyof typeof SIGNS;
const KINDS = Object.keys(SIGNS) as Kind[];

interface Line {
  readonly product: number;
  readonly quantity: number;
}
type Step =
  | {
      readonly do: 'create';
      readonly kind: Kind;
      readonly day: number;
      readonly store: number;
      readonly applicable: boolean;
      readonly lines: readonly Line[];
    }
  | { readonly do: 'move'; readonly which: number; readonly day: number; readonly store: number }
  | { readonly do: 'apply'; readonly which: number; readonly applicable: boolean }
  | { readonly do: 'rewrite'; readonly which: number; readonly keep: number; readonly lines: readonly Line[] }
  | { readonly do: 'remove'; readonly which: number };

const line = fc.record({ product: fc.nat(2), quantity: fc.integer({ min: 1, max: 99_999 }) });
const lines = fc.array(line, { maxLength: 4 });
const day = fc.integer({ min: 1, max: 28 });
const which = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('create' as const),
    kind: fc.constantFrom(...KINDS),
    day,
    store: fc.nat(1),
    applicable: fc.boolean(),
    lines,
  }),
  fc.record({ do: fc.constant('move' as const), which, day, store: fc.nat(1) }),
  fc.record({ do: fc.constant('apply' as const), which, applicable: fc.boolean() }),
  fc.record({ do: fc.constant('rewrite' as const), which, keep: fc.nat(3), lines }),
  fc.record({ do: fc.constant('remove' as const), which }),
);

class Shop {
  readonly account: FreshAccount;
  readonly stores: Json[] = [];
  readonly products: Json[] = [];
  head: Json;
  documents: Json[] = [];

  constructor(account: FreshAccount) {
    this.account = account;
  }

  async stock(): Promise<this> {
    const { account } = this;
    for (const name of ['North', 'South']) this.stores.push(await account.create('store', { name }));
    for (const name of ['A', 'B', 'C']) this.products.push(await account.create('product', { name }));
    const agent = await account.create('counterparty', { name: 'Buyer' });
    this.head = { organization: ref(await account.seeded('organization')), agent: ref(agent) };
    return this;
  }

  async take(step: Step): Promise<void> {
    const { account, documents } = this;
    if (step.do === 'create') {
      const { kind, applicable } = step;
      const body = { ...this.head, ...this.at(step), applicable, positions: this.positions(step.lines) };
      documents.push(await account.create(kind, body));
      return;
    }
    const document = documents[step.which % Math.max(1, documents.length)];
    if (document === undefined) return;
    const { type } = document.meta;
    if (step.do === 'move') await account.update(type, document.id, this.at(step));
    else if (step.do === 'apply') await account.update(type, document.id, { applicable: step.applicable });
    else if (step.do === 'remove') {
      await account.remove(type, document.id);
      this.documents = documents.filter((each) => each !== document);
    } else {
      const { rows } = await account.positions(type, document.id);
      const kept = rows.slice(0, step.keep).map(({ id }: Json) => ({ id, quantity: 7 }));
      await account.update(type, document.id, { positions: [...kept, ...this.positions(step.lines)] });
    }
  }

  at({ day, store }: { readonly day: number; readonly store: number }) {
    return { moment: `2026-02-${String(day).padStart(2, '0')} 10:00:00`, store: ref(this.stores[store]) };
  }

  positions(lines: readonly Line[]) {
    return lines.map(({ product, quantity }) => ({
      assortment: ref(this.products[product]),
      quantity: quantity / 10_000,
      price: 100,
    }));
  }

  /** What moved where, in 10^-4 units, by the documents as they are shown: `product store moment` → quantity. */
  async shown(): Promise<Map<string, number>> {
    const moved = new Map<string, number>();
    for (const kind of KINDS) {
      for (const document of (await this.account.list(kind)).rows) {
        if (!document.applicable) continue;
        for (const { assortment, quantity } of (await this.account.positions(kind, document.id)).rows) {
          const place = [assortment.meta.href, document.store.meta.href, document.moment].join(' ');
          moved.set(place, (moved.get(place) ?? 0) + SIGNS[kind] * Math.round(quantity * 10_000));
        }
      }
    }
    return nonZero(moved);
  }

  /** The same by the register of entries. */
  async posted(): Promise<Map<string, number>> {
    const rows = await this.account.database.read((queries) =>
      queries.all<{ product: string; store: string; moment: number; quantity: number }>(
        `select a.uuid as product, s.uuid as store, e.moment, e.quantity from entry e
          join assortment a on a.account = e.account and a.id = e.assortment
          join entity s on s.account = e.account and s.id = e.store`,
      ),
    );
    const moved = new Map<string, number>();
    for (const { product, store, moment, quantity } of rows) {
      const [good, place] = [this.find(this.products, product), this.find(this.stores, store)];
      const key = [good, place, new Date(moment).toISOString().replace('T', ' ').slice(0, 23)].join(' ');
      moved.set(key, (moved.get(key) ?? 0) + quantity);
    }
    return nonZero(moved);
  }

  find(among: readonly Json[], id: string): string {
    return among.find((each) => each.id === id).meta.href;
  }

  /** Balances less the sums of entries, and totals less the sums of balances: nothing where the registers agree. */
  async differences(): Promise<unknown[]> {
    return this.account.database.read(async (queries) => [
      ...(await queries.all(
        `select * from (select b.*, b.quantity - coalesce((select sum(e.quantity) from entry e
            where e.account = b.account and e.assortment = b.assortment and e.store = b.store), 0) as off
          from balance b) as compared where off <> 0`,
      )),
      ...(await queries.all(
        `select * from (select t.*, t.quantity - coalesce((select sum(b.quantity) from balance b
            where b.account = t.account and b.assortment = t.assortment), 0) as off
          from total t) as compared where off <> 0`,
      )),
    ]);
  }
}

const nonZero = (moved: Map<string, number>): Map<string, number> =>
  new Map([...moved].filter(([, quantity]) => quantity !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));

for (const engine of engines) {
  describe(`posting on ${engine.name}`, () => {
    it('keeps the registers equal to the documents through any history of them', async () => {
      await using account = await FreshAccount.open(engine);
      const shop = await new Shop(account).stock();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          for (const each of steps) await shop.take(each);
          assert.deepEqual(await shop.posted(), await shop.shown());
          assert.deepEqual(await shop.differences(), []);
        }),
        { numRuns: 25 },
      );
      for (const document of shop.documents) await account.remove(document.meta.type, document.id);
      assert.deepEqual(await shop.posted(), new Map());
    });

    it('follows a back-dated document and its deletion', async () => {
      await using account = await FreshAccount.open(engine);
      const shop = await new Shop(account).stock();
      const at = (day: number) => ({ ...shop.head, ...shop.at({ day, store: 0 }) });
      const one = (quantity: number) => [{ assortment: ref(shop.products[0]), quantity }];
      await account.create('enter', { ...at(1), positions: one(10) });
      await account.create('loss', { ...at(10), positions: one(4) });
      const stockOn = async (day: number): Promise<number> => {
        const row = await account.database.read((queries) =>
          queries.one<{ stock: number }>('select sum(quantity) as stock from entry where moment <= $1', [
            Date.UTC(2026, 1, day, 23),
          ]),
        );
        return (row?.stock ?? 0) / 10_000;
      };
      const days = async () => Promise.all([4, 6, 11, 28].map(stockOn));
      const late = await account.create('enter', { ...at(5), positions: one(5) });
      assert.deepEqual(await days(), [10, 15, 11, 11]);
      await account.remove('enter', late.id);
      assert.deepEqual(await days(), [10, 10, 6, 6]);
    });
  });
}
