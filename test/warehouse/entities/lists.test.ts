import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { randomIds } from '../../../src/platform/ids.ts';
import { writeAssortments } from '../../../src/warehouse/entities/drafts.ts';
import { engines } from '../../support/engines.ts';
import { BASE, FreshAccount, type Json, ref, refusal } from './fresh-account.ts';

const filter = (text: string): string => `filter=${encodeURIComponent(text)}`;

for (const engine of engines) {
  describe(`lists on ${engine.name}`, () => {
    let account: FreshAccount;
    before(async () => {
      account = await FreshAccount.open(engine);
    });
    after(() => account[Symbol.asyncDispose]());

    it('finds a plus and a blank by what stands for them in a URL', async () => {
      await account.createMany('counterparty', [{ name: 'A+B' }, { name: 'A B' }]);
      assert.deepEqual(await account.names('counterparty', 'filter=name=A%2BB'), ['A+B']);
      assert.deepEqual(await account.names('counterparty', 'filter=name=A+B'), ['A B']);
      assert.deepEqual(await account.names('counterparty', 'filter=name=A%20B'), ['A B']);
      assert.deepEqual(
        await account.names('counterparty', 'filter=created<2026-04-01+10:00:00'),
        await account.names('counterparty', 'filter=created<2026-04-01%2010:00:00'),
      );
    });

    it('reads an escaped semicolon as part of the value', async () => {
      await account.create('product', { name: 'Bolt; M8' });
      const found = await account.names('product', filter('name=Bolt\\; M8;archived=false'));
      assert.deepEqual(found, ['Bolt; M8']);
    });

    it('leaves out what is archived unless the filter names it', async () => {
      await account.createMany('store', [{ name: 'Open' }, { name: 'Closed', archived: true }]);
      assert.deepEqual(await account.names('store'), ['Main warehouse', 'Open']);
      assert.deepEqual(await account.names('store', filter('archived=true')), ['Closed']);
      assert.deepEqual(await account.names('store', filter('archived=true;archived=false')), [
        'Main warehouse',
        'Open',
        'Closed',
      ]);
    });

    it('counts milliseconds, in values and in comparison', async () => {
      const ids: string[] = [];
      for (const [name, ms] of [
        ['A', 100],
        ['B', 900],
      ] as const) {
        account.now = Date.UTC(2026, 2, 1, 12, 0, 0, ms);
        ids.push((await account.create('organization', { name })).id);
      }
      const both = filter('updated>=2026-03-01 12:00:00');
      const second = filter('updated>2026-03-01 12:00:00.100');
      assert.deepEqual(await account.names('organization', both), ['A', 'B']);
      assert.deepEqual(await account.names('organization', second), ['B']);
      assert.equal((await account.get('organization', ids[0]!)).updated, '2026-03-01 12:00:00.100');
      // A value without milliseconds stands for its whole second.
      const wholeSecond = filter('updated=2026-03-01 12:00:00');
      assert.deepEqual(await account.names('organization', wholeSecond), ['A', 'B']);
    });

    it('reads the dates of a filter in the zone of the service', async () => {
      account.now = Date.UTC(2026, 5, 1, 21, 30);
      await account.create('uom', { name: 'late' });
      const asked = account.asked(
        'entity/uom',
        filter('updated>=2026-06-02 00:30:00;updated<2026-06-02 00:30:01'),
        'Europe/Moscow',
      );
      const { rows } = (await account.entities.list('uom', asked)) as Json;
      assert.deepEqual(
        rows.map(({ name, updated }: Json) => [name, updated]),
        [['late', '2026-06-02 00:30:00.000']],
      );
    });

    it('searches words as prefixes of words, and counterparties by a part of the text', async () => {
      await account.createMany('productfolder', [
        { name: 'Garden tools' },
        { name: 'Tools (power)', code: 'X-77' },
        { name: 'Стулья садовые' },
      ]);
      assert.deepEqual(await account.names('productfolder', 'search=tool'), [
        'Tools (power)',
        'Garden tools',
      ]);
      assert.deepEqual(await account.names('productfolder', 'search=POW%20tool'), ['Tools (power)']);
      assert.deepEqual(await account.names('productfolder', 'search=77'), ['Tools (power)']);
      assert.deepEqual(await account.names('productfolder', `search=${encodeURIComponent('САД')}`), [
        'Стулья садовые',
      ]);
      assert.deepEqual(await account.names('productfolder', 'search=ools'), []);
      assert.deepEqual(await account.names('productfolder', 'search=%25'), []);
      await account.create('counterparty', { name: 'Somebody', phone: '+7 (495) 1234' });
      assert.deepEqual(await account.names('counterparty', 'search=5)%2012'), ['Somebody']);
    });

    it('refuses what the query language does not know', async () => {
      const codes = async (query: string) => (await refusal(account.list('product', query))).codes;
      assert.deepEqual(await codes(filter('nonsense=1')), [1034]);
      assert.deepEqual(await codes(filter('archived>true')), [1034]);
      assert.deepEqual(await codes(filter('weight=heavy')), [1014]);
      assert.deepEqual(await codes(filter('updated>yesterday')), [1035]);
      assert.deepEqual(await codes('order=nonsense'), [1063]);
      assert.deepEqual(await codes('order=name,up'), [1042]);
      assert.deepEqual(await codes('limit=-1'), [1040]);
      assert.deepEqual((await refusal(account.list('nonsense'))).codes, [1005]);
      // Price types have no list of their own.
      assert.deepEqual((await refusal(account.list('pricetype'))).codes, [1005]);
    });

    it('filters by a reference, and finds nothing by one that leads nowhere', async () => {
      const folder = await account.create('productfolder', { name: 'Anchors' });
      const supplier = await account.create('counterparty', { name: 'Smith' });
      await account.create('product', { name: 'Chain', supplier: ref(supplier), productFolder: ref(folder) });
      const href = `https://api.moysklad.ru/api/remap/1.2/entity/counterparty/${supplier.id}`;
      assert.deepEqual(await account.names('product', filter(`supplier=${href}`)), ['Chain']);
      const unknown = href.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
      assert.deepEqual(await account.names('product', filter(`supplier=${unknown}`)), []);
      assert.deepEqual(await account.names('product', filter('supplier!=')), ['Chain']);
      assert.ok(!(await account.names('product', filter(`supplier!=${href}`))).includes('Chain'));
      const owner = `${BASE}/entity/employee/${account.principal.id}`;
      assert.ok((await account.names('product', filter(`owner=${owner}`))).includes('Chain'));
      assert.deepEqual(await account.names('product', filter(`productFolder=${folder.meta.href}`)), [
        'Chain',
      ]);
    });
  });

  describe(`pages on ${engine.name}`, () => {
    it('gives the rows and neighbours that limit and offset ask for', async () => {
      await using account = await FreshAccount.open(engine);
      await account.createMany('product', [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
      const page = async (query: string) => {
        const { meta, rows } = await account.list('product', query);
        assert.equal(meta.size, 3);
        assert.equal(meta.href, `${BASE}/entity/product?${query}`);
        return {
          names: rows.map(({ name }: Json) => name),
          next: meta.nextHref,
          previous: meta.previousHref,
        };
      };
      const address = (query: string) => `${BASE}/entity/product?${query}`;
      assert.deepEqual(await page('limit=1&offset=0'), {
        names: ['a'],
        next: address('limit=1&offset=1'),
        previous: undefined,
      });
      assert.deepEqual(await page('limit=1&offset=2'), {
        names: ['c'],
        next: undefined,
        previous: address('limit=1&offset=1'),
      });
      assert.deepEqual((await page('limit=1&offset=3')).names, []);
      assert.deepEqual(await page('limit=0'), { names: [], next: undefined, previous: undefined });
      assert.deepEqual(await page('limit=1001'), {
        names: ['a', 'b', 'c'],
        next: undefined,
        previous: undefined,
      });
    });

    it('shows every one of 5,000 objects with three names once over 50 pages', async () => {
      await using account = await FreshAccount.open(engine);
      const author = { now: account.now, zone: 'UTC', ids: randomIds };
      await account.database.write((tx) =>
        writeAssortments(
          tx,
          account.principal.account,
          'product',
          Array.from({ length: 5000 }, (_, index) => ({ name: `name ${index % 3}` })),
          author,
        ),
      );
      const ids: string[] = [];
      const names: string[] = [];
      for (let offset = 0; offset < 5000; offset += 100) {
        const { rows } = await account.list('product', `limit=100&offset=${offset}&order=name`);
        ids.push(...rows.map(({ id }: Json) => id));
        names.push(...rows.map(({ name }: Json) => name));
      }
      assert.equal(new Set(ids).size, 5000);
      assert.deepEqual(names, names.toSorted());
    });

    it('sorts by bytes, absent values last ascending and first descending', async () => {
      await using account = await FreshAccount.open(engine);
      await account.createMany('product', [
        { name: 'none' },
        { name: 'ya', code: 'я' },
        { name: 'Z', code: 'Z' },
        { name: 'a', code: 'a' },
        { name: 'emoji', code: '😀' },
        { name: 'wide', code: '\uFF5E' },
      ]);
      const ascending = ['Z', 'a', 'ya', 'wide', 'emoji', 'none'];
      assert.deepEqual(await account.names('product', 'order=code'), ascending);
      assert.deepEqual(await account.names('product', 'order=code,desc'), ascending.toReversed());
    });

    it('lists documents by moment and everything else by creation when no order is asked for', async () => {
      await using account = await FreshAccount.open(engine);
      await account.createMany('product', [{ name: 'second' }, { name: 'first' }]);
      assert.deepEqual(await account.names('product'), ['second', 'first']);
      const [store, organization] = [await account.seeded('store'), await account.seeded('organization')];
      const head = { store: ref(store), organization: ref(organization) };
      await account.create('enter', { ...head, name: 'late', moment: '2026-02-02 00:00:00' });
      await account.create('enter', { ...head, name: 'early', moment: '2026-02-01 00:00:00' });
      assert.deepEqual(await account.names('enter'), ['early', 'late']);
    });
  });
}
