import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomIds } from '../../../src/platform/ids.ts';
import {
  type Author,
  growDocuments,
  writeAssortments,
  writeDocuments,
  writeEntities,
} from '../../../src/warehouse/entities/drafts.ts';
import { engines } from '../../support/engines.ts';
import { FreshAccount, type Json, ref } from './fresh-account.ts';

/** What differs between two objects that were made alike. */
const alike = ({ meta: _meta, id: _id, externalCode: _code, positions, ...rest }: Json): Json => ({
  ...rest,
  ...(positions !== undefined && { size: positions.meta.size }),
});

for (const engine of engines) {
  describe(`the bulk door on ${engine.name}`, () => {
    it('writes the same objects as requests do, one by one', async () => {
      await using account = await FreshAccount.open(engine);
      const key = account.principal.account;
      const group = await account.seeded('group');
      const author: Author = {
        now: account.now,
        zone: 'UTC',
        ids: randomIds,
        owner: account.principal.id,
        group: group.id,
      };
      const folder = await account.create('productfolder', { name: 'Папка' });
      const keyOf = async (type: string, table: string, id: string): Promise<number> =>
        (await account.database.read((queries) =>
          queries.one<{ id: number }>(
            `select id from ${table} where account = 1 and uuid = $1 and kind = $2`,
            [id, type],
          ),
        ))!.id;
      const [store, organization] = [await account.seeded('store'), await account.seeded('organization')];
      const ids = await account.database.write(async (tx) => {
        const counterparties = await writeEntities(tx, key, 'counterparty', [{ name: 'Buyer' }], author);
        const products = await writeAssortments(
          tx,
          key,
          'product',
          [
            {
              name: 'Гвоздь',
              code: 'Г1',
              folder: await folderKey(tx),
              pathName: 'Папка',
              minimumBalance: 25_000,
            },
            { name: 'Second', body: { description: 'Тихо', weight: 5000 } },
          ],
          author,
        );
        return { agent: counterparties.first, products };
      });
      async function folderKey(tx: Parameters<typeof writeEntities>[0]): Promise<number> {
        return (await tx.one<{ id: number }>('select id from entity where uuid = $1', [folder.id]))!.id;
      }
      assert.deepEqual(ids.products.touched, [ids.products.first, ids.products.first + 1]);
      const [nail, second] = (await account.list('product')).rows;
      const twin = await account.create('product', {
        name: 'Гвоздь',
        code: 'Г1',
        productFolder: ref(folder),
        minimumBalance: 2.5,
      });
      assert.deepEqual(alike(nail), alike(twin));
      assert.deepEqual([second.description, second.weight], ['Тихо', 0.5]);
      const found = await account.names('product', `filter=${encodeURIComponent('description~ТИХО')}`);
      assert.deepEqual(found, ['Second']);

      const { products, agent } = ids;
      const moment = Date.UTC(2026, 1, 1, 10);
      const draft = {
        name: '00007',
        moment,
        organization: await keyOf('organization', 'entity', organization.id),
        store: await keyOf('store', 'entity', store.id),
        agent,
        positions: [
          { assortment: products.first, quantity: 30_000, price: 33_330_000, body: { discount: 125_000 } },
          { assortment: products.first + 1, quantity: 10_000, price: 5_000 },
        ],
      };
      const written = await account.database.write((tx) =>
        writeDocuments(tx, key, 'demand', [draft, draft], author),
      );
      assert.deepEqual(written.touched, [products.first, products.first + 1]);
      const [buyer] = (await account.list('counterparty')).rows;
      const asked = await account.create('demand', {
        name: '00007',
        moment: '2026-02-01 10:00:00',
        organization: ref(organization),
        store: ref(store),
        agent: ref(buyer),
        positions: [
          { assortment: ref(nail), quantity: 3, price: 3333, discount: 12.5 },
          { assortment: ref(second), quantity: 1, price: 0.5 },
        ],
      });
      const demands = (await account.list('demand')).rows;
      assert.equal(demands.length, 3);
      for (const demand of demands) {
        assert.deepEqual(alike(demand), alike(asked));
        const { rows } = await account.positions('demand', demand.id);
        assert.deepEqual(
          rows.map((row: Json) => [row.quantity, row.price, row.discount]),
          [
            [3, 3333, 12.5],
            [1, 0.5, 0],
          ],
        );
      }
      // The next number follows what the bulk door wrote.
      const next = await account.create('demand', { ...asked, name: undefined, positions: [] });
      assert.equal(next.name, '00008');
    });

    it('lets documents grow: positions are numbered on, sums and registers follow', async () => {
      await using account = await FreshAccount.open(engine);
      const key = account.principal.account;
      const product = await account.create('product', { name: 'Goods' });
      const head = {
        organization: ref(await account.seeded('organization')),
        store: ref(await account.seeded('store')),
      };
      const line = { assortment: ref(product), quantity: 2, price: 100 };
      const documents = [
        await account.create('enter', { ...head, positions: [line] }),
        await account.create('enter', { ...head, positions: [line], applicable: false }),
      ];
      const author: Author = { now: account.now + 1, zone: 'UTC', ids: randomIds };
      const touched = await account.database.write((tx) =>
        growDocuments(
          tx,
          key,
          'enter',
          [1, 2].map((document) => ({
            document,
            positions: [{ assortment: 1, quantity: 10_000, price: 500_000 }],
          })),
          author,
        ),
      );
      assert.deepEqual(touched, [1]);
      for (const { id } of documents) {
        assert.equal((await account.get('enter', id)).sum, 250);
        const { rows } = await account.positions('enter', id);
        assert.deepEqual(
          rows.map((row: Json) => row.quantity),
          [2, 1],
        );
      }
      const total = await account.database.read((queries) =>
        queries.all('select assortment, quantity from total'),
      );
      assert.deepEqual(total, [{ assortment: 1, quantity: 30_000 }]);
      const missing = account.database.write((tx) =>
        growDocuments(tx, key, 'enter', [{ document: 99, positions: [] }], author),
      );
      await assert.rejects(missing, /not all documents/);
    });
  });
}
