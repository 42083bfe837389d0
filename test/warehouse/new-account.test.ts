import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { FreshAccount, type Json, ref } from './entities/fresh-account.ts';

for (const engine of engines) {
  describe(`a fresh account on ${engine.name}`, () => {
    it('holds what documents and goods need', async () => {
      await using account = await FreshAccount.open(engine);
      assert.deepEqual(await account.names('group'), ['Main department']);
      assert.deepEqual(await account.names('store'), ['Main warehouse']);
      assert.deepEqual(await account.names('organization'), ['Corner shop']);
      const { rows: employees } = await account.list('employee');
      assert.deepEqual(
        employees.map(({ id, name, uid }: Json) => [id, name, uid]),
        [[account.principal.id, 'Administrator', 'admin@shop']],
      );
      const currencies = await account.list('currency', 'filter=default=true');
      assert.equal(currencies.meta.size, 1);
      const units = await account.names('uom');
      for (const unit of ['pcs', 'kg', 'l', 'm']) assert.ok(units.includes(unit), unit);
      // The price type and the currency of the account stand in where a body names none.
      const product = await account.create('product', { name: 'Goods', salePrices: [{ value: 10 }] });
      const [{ currency, priceType }] = product.salePrices;
      assert.equal(currency.meta.href, currencies.rows[0].meta.href);
      assert.equal(priceType.name, 'Sale price');
      assert.match(priceType.meta.href, /\/context\/companysettings\/pricetype\/[\w-]{36}$/);
      const again = await account.create('product', {
        name: 'Same',
        salePrices: [{ value: 10, priceType: ref(priceType) }],
      });
      assert.deepEqual(again.salePrices, product.salePrices);
    });
  });
}
