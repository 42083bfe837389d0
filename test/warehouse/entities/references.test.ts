import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountKey, randomIds } from '../../../src/platform/ids.ts';
import { writeEntities } from '../../../src/warehouse/entities/drafts.ts';
import { engines } from '../../support/engines.ts';
import { BASE, FreshAccount, type Json, ref, refusal } from './fresh-account.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

/** Every href in an answer. */
function hrefsIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => (name === 'href' ? [String(each)] : hrefsIn(each)));
}

for (const engine of engines) {
  describe(`references on ${engine.name}`, () => {
    it('are resolved by type and id whatever host they come from, and answered with our own', async () => {
      await using account = await FreshAccount.open(engine);
      const agent = await account.create('counterparty', { name: 'Buyer' });
      const product = await account.create('product', { name: 'Goods' });
      const [store, organization] = [await account.seeded('store'), await account.seeded('organization')];
      const foreign = (host: string, { meta, id }: Json) => ({
        meta: {
          href: `https://${host}/api/remap/1.2/entity/${meta.type}/${id}?expand=owner`,
          type: meta.type,
          mediaType: 'application/json',
        },
      });
      for (const kind of ['enter', 'demand']) {
        const document = await account.create(kind, {
          agent: foreign('online.moysklad.ru', agent),
          store: foreign('api.moysklad.ru', store),
          organization: foreign('api.kladana.com', organization),
          positions: [{ assortment: foreign('online.moysklad.ru', product), quantity: 2, price: 100 }],
        });
        assert.equal(document.store.meta.href, store.meta.href);
        assert.equal(document.agent?.meta.href, kind === 'demand' ? agent.meta.href : undefined);
        const positions = await account.positions(kind, document.id);
        assert.equal(positions.rows[0].assortment.meta.href, product.meta.href);
        const hrefs = [...hrefsIn(document), ...hrefsIn(positions)];
        assert.ok(hrefs.length > 8);
        assert.deepEqual(
          hrefs.filter((href) => !href.startsWith(BASE)),
          [],
        );
      }
    });

    it('are refused for what they lack or lead to', async () => {
      await using account = await FreshAccount.open(engine);
      const store = await account.seeded('store');
      const organization = await account.seeded('organization');
      const agent = await account.create('counterparty', { name: 'Buyer' });
      const href = (type: string, id: string) => `${BASE}/entity/${type}/${id}`;
      const meta = (over: object) => ({ meta: { href: agent.meta.href, type: 'counterparty', ...over } });
      const cases: readonly (readonly [Json, number])[] = [
        ['text', 2016],
        [[], 2016],
        [{ id: agent.id }, 2014],
        [{ meta: {} }, 2010],
        [{ meta: { href: agent.meta.href } }, 2011],
        [meta({ type: 'nonsense' }), 2012],
        [meta({ href: href('counterparty', NOBODY) }), 2013],
        [meta({ href: 'https://example.com/nothing' }), 2013],
        // The id of an object of another kind leads to no counterparty.
        [meta({ href: href('counterparty', store.id) }), 2013],
        [meta({ href: store.meta.href }), 2027],
        [meta({ href: store.meta.href, type: 'store' }), 2027],
        [null, 3000],
      ];
      for (const [value, code] of cases) {
        const body = { organization: ref(organization), store: ref(store), agent: value };
        const { codes, error } = await refusal(account.create('demand', body));
        assert.deepEqual(codes, [code], JSON.stringify(value));
        assert.deepEqual(error.problems[0]?.path, ['agent']);
      }
      const body = { organization: ref(store), store: ref(store), agent: ref(agent) };
      assert.deepEqual((await refusal(account.create('demand', body))).codes, [2024]);
    });

    it('do not cross accounts', async () => {
      await using account = await FreshAccount.open(engine);
      const foreign = randomIds.uuid();
      await account.database.write((tx) =>
        writeEntities(tx, accountKey(2), 'counterparty', [{ uuid: foreign, name: 'Theirs' }], {
          now: 0,
          zone: 'UTC',
          ids: randomIds,
        }),
      );
      assert.deepEqual((await refusal(account.get('counterparty', foreign))).codes, [1021]);
      assert.deepEqual(await account.names('counterparty'), []);
      const supplier = { meta: { href: `${BASE}/entity/counterparty/${foreign}`, type: 'counterparty' } };
      assert.deepEqual((await refusal(account.create('product', { name: 'x', supplier }))).codes, [2013]);
    });
  });
}
