import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { updateObject } from '../../../src/warehouse/entities/update.ts';
import { engines } from '../../support/engines.ts';
import { BASE, FreshAccount, type Json, ref, refusal } from './fresh-account.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

for (const engine of engines) {
  describe(`objects on ${engine.name}`, () => {
    let account: FreshAccount;
    before(async () => {
      account = await FreshAccount.open(engine);
    });
    after(() => account[Symbol.asyncDispose]());

    it('are created with what belongs to every object', async () => {
      const store = await account.create('store', { name: 'North' });
      assert.deepEqual(store.meta, {
        href: `${BASE}/entity/store/${store.id}`,
        metadataHref: `${BASE}/entity/store/metadata`,
        type: 'store',
        mediaType: 'application/json',
      });
      assert.equal(store.accountId, account.principal.accountId);
      assert.equal(store.owner.meta.href, `${BASE}/entity/employee/${account.principal.id}`);
      assert.equal(store.group.meta.type, 'group');
      assert.match(store.externalCode, /^[\w-]{22}$/);
      assert.equal(store.updated, '2026-03-01 12:00:00.000');
      assert.deepEqual([store.shared, store.archived, store.pathName], [false, false, '']);
      assert.deepEqual(await account.get('store', store.id), store);
      // Nothing else: an empty optional field is absent.
      assert.deepEqual(Object.keys(store), [
        'meta',
        'id',
        'accountId',
        'owner',
        'shared',
        'group',
        'updated',
        'name',
        'externalCode',
        'archived',
        'pathName',
      ]);
    });

    it('say all that is missing at once', async () => {
      const { status, codes, parameters } = await refusal(account.create('demand', {}));
      assert.deepEqual([status, codes], [412, [3000, 3000, 3000]]);
      assert.deepEqual(parameters, ['organization', 'store', 'agent']);
    });

    it('refuse values of a wrong type, form or size, and name the field and its place', async () => {
      const cases: readonly (readonly [object, number, string])[] = [
        [{ name: 5 }, 2016, 'name'],
        [{ name: null }, 2016, 'name'],
        [{ name: 'x'.repeat(256) }, 3040, 'name'],
        [{ name: '' }, 3000, 'name'],
        [{ archived: null }, 2016, 'archived'],
        [{ archived: 'true' }, 2016, 'archived'],
        [{ weight: '5' }, 2016, 'weight'],
        [{ weight: -1 }, 3002, 'weight'],
        [{ weight: 1e12 }, 3008, 'weight'],
        [{ vat: 1.5 }, 2016, 'vat'],
        [{ vat: 100 }, 3008, 'vat'],
        [{ trackingType: 'WHATEVER' }, 3005, 'trackingType'],
        [{ syncId: 'no uuid' }, 2016, 'syncId'],
        [{ barcodes: {} }, 2016, 'barcodes'],
        [{ barcodes: ['1'] }, 3012, 'barcodes'],
        [{ barcodes: [{ gtin: '12345' }] }, 3014, 'barcodes'],
        [{ barcodes: [{ ean13: 'x'.repeat(256) }] }, 3011, 'barcodes'],
        [{ salePrices: [{ value: -1 }] }, 3002, 'value'],
        [{ salePrices: [{ value: 1 }, { value: 2 }] }, 3013, 'salePrices'],
        [{ buyPrice: 5 }, 2016, 'buyPrice'],
      ];
      for (const [fields, code, parameter] of cases) {
        const body = { name: 'thing', ...fields };
        const { codes, parameters, error } = await refusal(account.create('product', body));
        assert.deepEqual([codes, parameters], [[code], [parameter]], JSON.stringify(fields));
        assert.equal(error.problems[0]?.path?.[0], Object.keys(fields)[0]);
      }
      assert.deepEqual((await refusal(account.create('product', []))).codes, [2009]);
      assert.deepEqual((await refusal(account.create('product', 'text'))).codes, [2000]);
    });

    it('count characters, not units of their encoding', async () => {
      assert.equal((await account.create('product', { name: '😀'.repeat(255) })).name.length, 510);
      assert.deepEqual((await refusal(account.create('product', { name: '😀'.repeat(256) }))).codes, [3040]);
    });

    it('ignore unknown and read-only fields', async () => {
      const store = await account.create('store', {
        name: 'East',
        id: NOBODY,
        accountId: NOBODY,
        updated: '2000-01-01 00:00:00',
        pathName: 'Elsewhere',
        unheardOf: { of: [1] },
      });
      assert.notEqual(store.id, NOBODY);
      assert.deepEqual(
        [store.pathName, store.updated, store.unheardOf],
        ['', '2026-03-01 12:00:00.000', undefined],
      );
    });

    it('change only what a body names', async () => {
      const created = await account.create('product', {
        name: 'Drill',
        code: 'D1',
        description: 'Good',
        weight: 1.25,
        archived: true,
      });
      account.now += 5000;
      const changed = await account.update('product', created.id, { code: 'D2', description: null });
      const { description: _gone, ...kept } = created;
      assert.deepEqual(changed, { ...kept, code: 'D2', updated: '2026-03-01 12:00:05.000' });
      assert.deepEqual(await account.get('product', created.id), changed);
      const cleared = await account.update('product', created.id, { code: '' });
      assert.equal(cleared.code, undefined);
      account.now -= 5000;
    });

    it('clear objects and references with null', async () => {
      const supplier = await account.create('counterparty', { name: 'Maker' });
      const product = await account.create('product', {
        name: 'Saw',
        supplier: ref(supplier),
        buyPrice: { value: 10.5 },
        salePrices: [{ value: 20 }],
        barcodes: [{ ean8: '20000000' }],
      });
      assert.equal(product.buyPrice.value, 10.5);
      const cleared = await account.update('product', product.id, {
        supplier: null,
        buyPrice: null,
        salePrices: null,
        barcodes: null,
      });
      for (const field of ['supplier', 'buyPrice', 'salePrices', 'barcodes'])
        assert.equal(cleared[field], undefined);
    });

    it('put back as they were read change nothing and tell nobody', async () => {
      const uom = (await account.list('uom', 'limit=1')).rows[0];
      const product = await account.create('product', {
        name: 'Böhrer',
        description: 'Ключ',
        uom: ref(uom),
        weight: 0.3333,
        minimumBalance: 7,
        vat: 18,
        vatEnabled: true,
        useParentVat: false,
        salePrices: [{ value: 99.99 }],
        minPrice: { value: 1 },
        packs: [{ uom: ref(uom), quantity: 12, barcodes: [{ code128: 'x' }] }],
        barcodes: [{ ean13: '2000000000000' }, { gtin: '00000000000130' }],
        things: ['a', 'b'],
        syncId: '7d7a6c1e-0000-4000-8000-00000000000a',
      });
      const before = account.events.length;
      account.now += 60_000;
      assert.deepEqual(await account.update('product', product.id, product), product);
      assert.equal(account.events.length, before);
      account.now -= 60_000;
    });

    it('answer the one that was created with the same syncId, and keep it', async () => {
      const syncId = '7d7a6c1e-0000-4000-8000-00000000000b';
      const first = await account.create('counterparty', { name: 'Once', syncId });
      const second = await account.create('counterparty', { name: 'Twice', syncId: syncId.toUpperCase() });
      assert.deepEqual(second, first);
      assert.deepEqual(await account.names('counterparty', `filter=syncId=${syncId}`), ['Once']);
      const other = '7d7a6c1e-0000-4000-8000-00000000000c';
      assert.deepEqual(
        (await refusal(account.update('counterparty', first.id, { syncId: other }))).codes,
        [1047],
      );
      assert.deepEqual(await account.update('counterparty', first.id, { syncId }), first);
      // Of another kind it is another object.
      assert.equal((await account.create('product', { name: 'Thing', syncId })).name, 'Thing');
    });

    it('are refused when they do not exist', async () => {
      for (const ask of [
        () => account.get('product', NOBODY),
        () => account.update('product', NOBODY, {}),
        () => account.remove('product', NOBODY),
      ]) {
        const { status, codes } = await refusal(ask());
        assert.deepEqual([status, codes], [404, [1021]]);
      }
      const store = await account.seeded('store');
      assert.deepEqual((await refusal(account.get('product', store.id))).codes, [1021]);
    });

    it('refuse an edit that was received before another one was committed', async () => {
      const product = await account.create('product', { name: 'Contested' });
      const edit = (name: string, receivedAtVersion: number) =>
        account.database.write((tx) =>
          updateObject(account.work(tx, 'product'), product.id, { name }, receivedAtVersion),
        );
      await edit('Mine', 0);
      const { status, codes } = await refusal(edit('Yours', 0));
      assert.deepEqual([status, codes], [409, [1065]]);
      assert.equal((await account.get('product', product.id)).name, 'Mine');
      await edit('Yours', 1);
      assert.equal((await account.get('product', product.id)).name, 'Yours');
    });

    it('record one event for each change, with the address under which it came in', async () => {
      const before = account.events.length;
      const product = await account.create('product', { name: 'Told' });
      await account.update('product', product.id, { name: 'Retold' });
      await account.remove('product', product.id);
      assert.deepEqual(
        account.events.slice(before),
        (['CREATE', 'UPDATE', 'DELETE'] as const).map((action) => ({
          account: account.principal.account,
          entityType: 'product',
          action,
          id: product.id,
          base: BASE,
        })),
      );
    });

    it('take the next ledger sequence with every commit', async () => {
      const sequence = async (): Promise<number> =>
        (await account.database.read((queries) =>
          queries.one<{ last: number }>('select max(sequence) as last from change where account = 1'),
        ))!.last;
      const before = await sequence();
      const store = await account.create('store', { name: 'Counted' });
      await account.update('store', store.id, { name: 'Counted twice' });
      await refusal(account.create('store', {}));
      await account.remove('store', store.id);
      assert.equal(await sequence(), before + 3);
    });

    it('hold addresses as text and in parts, whichever is given', async () => {
      const parts = {
        postalCode: '560001',
        city: 'Bengaluru',
        street: 'MG Road',
        house: '1',
        comment: 'ring',
      };
      const store = await account.create('store', { name: 'A', addressFull: parts, address: 'ignored' });
      assert.equal(store.address, '560001, Bengaluru, MG Road, 1');
      assert.deepEqual(store.addressFull, parts);
      const text = await account.update('store', store.id, { address: 'Somewhere' });
      assert.deepEqual([text.address, text.addressFull], ['Somewhere', { addInfo: 'Somewhere' }]);
      const none = await account.update('store', store.id, { address: '' });
      assert.deepEqual([none.address, none.addressFull], [undefined, undefined]);
    });

    it('name people by their parts', async () => {
      const employee = await account.create('employee', {
        lastName: 'Johnson',
        firstName: 'John',
        middleName: 'Jay',
        name: 'ignored',
      });
      assert.deepEqual(
        [employee.name, employee.fullName, employee.shortFio],
        ['Johnson J. J.', 'John Jay Johnson', 'Johnson J.J.'],
      );
      assert.equal(
        (await account.update('employee', employee.id, { lastName: 'Smith' })).name,
        'Smith J. J.',
      );
      assert.deepEqual((await refusal(account.create('employee', { firstName: 'X' }))).parameters, [
        'lastName',
      ]);
    });

    it('keep departments apart by their names', async () => {
      const { codes } = await refusal(account.create('group', { name: 'Main department' }));
      assert.deepEqual(codes, [60001]);
      const group = await account.seeded('group');
      assert.deepEqual(await account.update('group', group.id, { name: 'Main department' }), group);
    });
  });

  describe(`deletion on ${engine.name}`, () => {
    it('refuses what is in use and names by what', async () => {
      await using account = await FreshAccount.open(engine);
      const [store, organization] = [await account.seeded('store'), await account.seeded('organization')];
      const [currency, uom] = [
        await account.seeded('currency'),
        await account.create('uom', { name: 'bag' }),
      ];
      const folder = await account.create('productfolder', { name: 'Folder' });
      const product = await account.create('product', {
        name: 'Used',
        uom: ref(uom),
        productFolder: ref(folder),
      });
      const packed = await account.create('product', {
        name: 'Packed',
        packs: [{ uom: ref(uom), quantity: 2 }],
      });
      const document = await account.create('enter', {
        store: ref(store),
        organization: ref(organization),
        positions: [{ assortment: ref(product), quantity: 1 }],
      });
      const users = async (type: string, { id }: Json): Promise<string[]> => {
        const { status, codes, error } = await refusal(account.remove(type, id));
        assert.deepEqual([status, codes], [409, [1028]]);
        return (error.problems[0]?.dependencies ?? []).map(({ href }) => href);
      };
      assert.deepEqual(await users('store', store), [document.meta.href]);
      assert.deepEqual(await users('product', product), [document.meta.href]);
      assert.deepEqual(await users('productfolder', folder), [product.meta.href]);
      assert.deepEqual(await users('uom', uom), [product.meta.href, packed.meta.href]);
      assert.ok((await users('employee', { id: account.principal.id })).includes(store.meta.href));
      assert.deepEqual((await refusal(account.remove('currency', currency.id))).codes, [31000]);
      // Archiving is always allowed.
      assert.equal((await account.update('store', store.id, { archived: true })).archived, true);
      await account.remove('enter', document.id);
      await account.remove('product', product.id);
      await account.remove('product', packed.id);
      await account.remove('productfolder', folder.id);
      await account.remove('uom', uom.id);
      assert.deepEqual((await refusal(account.get('product', product.id))).codes, [1021]);
    });

    it('leaves built-in units alone', async () => {
      await using account = await FreshAccount.open(engine);
      const unit = await account.seeded('uom');
      assert.deepEqual(Object.keys(unit), [
        'meta',
        'id',
        'accountId',
        'updated',
        'name',
        'description',
        'code',
        'externalCode',
      ]);
      assert.equal(unit.accountId, account.principal.accountId);
      assert.deepEqual((await refusal(account.update('uom', unit.id, { name: 'x' }))).codes, [1024]);
      assert.deepEqual((await refusal(account.remove('uom', unit.id))).codes, [1025]);
    });
  });
}
