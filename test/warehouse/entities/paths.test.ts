import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engines } from '../../support/engines.ts';
import { FreshAccount, type Json, ref, refusal } from './fresh-account.ts';

for (const engine of engines) {
  describe(`paths on ${engine.name}`, () => {
    it('stay true for folders and goods when a folder is renamed or moved', async () => {
      await using account = await FreshAccount.open(engine);
      const folder = (name: string, productFolder?: Json) =>
        account.create('productfolder', {
          name,
          ...(productFolder && { productFolder: ref(productFolder) }),
        });
      const tools = await folder('Tools');
      const power = await folder('Power', tools);
      const drills = await folder('Drills', power);
      const other = await folder('Other');
      const drill = await account.create('product', { name: 'X1', productFolder: ref(drills) });
      await account.create('product', { name: 'Loose' });
      const paths = async () => {
        const { rows } = await account.list('productfolder');
        const { pathName } = await account.get('product', drill.id);
        return [...rows.map((row: Json) => `${row.pathName}|${row.name}`), pathName];
      };
      assert.deepEqual(await paths(), [
        '|Tools',
        'Tools|Power',
        'Tools/Power|Drills',
        '|Other',
        'Tools/Power/Drills',
      ]);
      await account.update('productfolder', tools.id, { name: 'Инструменты' });
      assert.deepEqual(await paths(), [
        '|Инструменты',
        'Инструменты|Power',
        'Инструменты/Power|Drills',
        '|Other',
        'Инструменты/Power/Drills',
      ]);
      const filter = `filter=${encodeURIComponent('pathName~ИНСТР')}`;
      assert.deepEqual(await account.names('product', filter), ['X1']);
      await account.update('productfolder', power.id, { productFolder: ref(other) });
      assert.deepEqual(await paths(), [
        '|Инструменты',
        'Other|Power',
        'Other/Power|Drills',
        '|Other',
        'Other/Power/Drills',
      ]);
      assert.deepEqual(await account.names('product', filter), []);
      await account.update('productfolder', power.id, { productFolder: null });
      assert.equal((await account.get('product', drill.id)).pathName, 'Power/Drills');
      await account.update('product', drill.id, { productFolder: null });
      assert.equal((await account.get('product', drill.id)).pathName, '');
    });

    it('name the goods whose path changed in the change log', async () => {
      await using account = await FreshAccount.open(engine);
      const folder = await account.create('productfolder', { name: 'A' });
      await account.createMany('product', [
        { name: 'in', productFolder: ref(folder) },
        { name: 'out' },
        { name: 'in too', productFolder: ref(folder) },
      ]);
      await account.update('productfolder', folder.id, { name: 'B' });
      const touched = await account.database.read((queries) =>
        queries.all<{ name: string }>(
          `select a.name from change c join assortment a on a.account = c.account and a.id = c.assortment
            where c.account = 1 and c.sequence = (select max(sequence) from change where account = 1)
            order by a.id`,
        ),
      );
      assert.deepEqual(
        touched.map(({ name }) => name),
        ['in', 'in too'],
      );
    });

    it('refuse a folder below itself', async () => {
      await using account = await FreshAccount.open(engine);
      for (const [type, field] of [
        ['productfolder', 'productFolder'],
        ['store', 'parent'],
      ] as const) {
        const top = await account.create(type, { name: 'top' });
        const middle = await account.create(type, { name: 'middle', [field]: ref(top) });
        const bottom = await account.create(type, { name: 'bottom', [field]: ref(middle) });
        assert.equal(bottom.pathName, 'top/middle');
        assert.deepEqual((await refusal(account.update(type, top.id, { [field]: ref(top) }))).codes, [23000]);
        assert.deepEqual(
          (await refusal(account.update(type, top.id, { [field]: ref(bottom) }))).codes,
          [23001],
        );
      }
    });
  });
}
