import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { engines } from '../../support/engines.ts';
import { FreshAccount, type Json, ref, refusal } from './fresh-account.ts';

for (const engine of engines) {
  describe(`documents on ${engine.name}`, () => {
    let account: FreshAccount;
    let head: { store: Json; organization: Json; agent: Json };
    let goods: Json;
    before(async () => {
      account = await FreshAccount.open(engine);
      const agent = await account.create('counterparty', { name: 'Buyer' });
      head = {
        store: ref(await account.seeded('store')),
        organization: ref(await account.seeded('organization')),
        agent: ref(agent),
      };
      goods = await account.create('product', { name: 'Goods' });
    });
    after(() => account[Symbol.asyncDispose]());

    const position = (quantity: number, price = 0, more: object = {}) => ({
      assortment: ref(goods),
      quantity,
      price,
      ...more,
    });
    const demand = (positions: unknown, more: object = {}) =>
      account.create('demand', { ...head, positions, ...more });
    const rowsOf = async (document: Json): Promise<Json[]> =>
      (await account.positions(document.meta.type, document.id)).rows;

    it('sum their positions, each rounded half away from zero', async () => {
      const sum = async (...positions: object[]): Promise<number> => (await demand(positions)).sum;
      assert.equal(await sum(position(3, 3333, { discount: 12.5 })), 8749);
      assert.equal(await sum(position(1, 0.5)), 1);
      assert.equal(await sum(position(2, 105, { discount: -10 })), 231);
      const same = position(3, 3333, { discount: 12.5 });
      assert.equal(await sum(same, same), 17_498);
      assert.equal(await sum(), 0);
      const tooMuch = demand([position(4e11, 4e11)]);
      assert.deepEqual((await refusal(tooMuch)).parameters, ['sum']);
    });

    it('print positions in their order with every number that was given', async () => {
      const document = await demand([
        position(0.3333, 15_000.5, { discount: 5.25, vat: 18, vatEnabled: true }),
        position(10, 0),
      ]);
      assert.deepEqual(document.positions, {
        meta: {
          href: `${document.meta.href}/positions`,
          type: 'demandposition',
          mediaType: 'application/json',
          size: 2,
          limit: 1000,
          offset: 0,
        },
      });
      const [first, second] = await rowsOf(document);
      const { meta, id, accountId, assortment, ...numbers } = first;
      assert.deepEqual(numbers, {
        quantity: 0.3333,
        price: 15_000.5,
        discount: 5.25,
        vat: 18,
        vatEnabled: true,
        overhead: 0,
      });
      assert.equal(meta.href, `${document.meta.href}/positions/${id}`);
      assert.deepEqual([accountId, assortment.meta.href], [account.principal.accountId, goods.meta.href]);
      assert.deepEqual([second.quantity, second.price, second.vatEnabled], [10, 0, false]);
      const page = await account.positions('demand', document.id, 'limit=1&offset=1');
      assert.deepEqual([page.meta.size, page.rows.map((row: Json) => row.id)], [2, [second.id]]);
    });

    it('refuse positions that cannot be', async () => {
      const cases: readonly (readonly [unknown, number, string])[] = [
        [[{ quantity: 1 }], 3000, 'assortment'],
        [[{ assortment: ref(goods) }], 3000, 'quantity'],
        [[position(0)], 3003, 'quantity'],
        [[position(0.00004)], 3003, 'quantity'],
        [[position(-1)], 3003, 'quantity'],
        [[position(1, -1)], 3002, 'price'],
        [[position(1, 1, { discount: 100.1 })], 17008, 'discount'],
        [[position(1, 1, { vat: 101 })], 17007, 'vat'],
        [['text'], 3012, 'positions'],
        ['text', 2016, 'positions'],
        [[{ ...position(1), assortment: head.store }], 2024, 'assortment'],
      ];
      for (const [positions, code, parameter] of cases) {
        const { codes, parameters, error } = await refusal(demand(positions));
        assert.deepEqual([codes, parameters], [[code], [parameter]], JSON.stringify(positions));
        assert.equal(error.problems[0]?.path?.[0], 'positions');
      }
      const many = Array.from({ length: 1001 }, () => position(1));
      const { status, codes } = await refusal(demand(many));
      assert.deepEqual([status, codes], [413, [2022]]);
      assert.equal((await demand({ rows: many.slice(1) })).positions.meta.size, 1000);
    });

    it('take inline positions as the whole set: known ones changed, new ones added, missing ones deleted', async () => {
      const document = await demand([position(1, 10), position(2, 20), position(3, 30)]);
      const [first, second, third] = await rowsOf(document);
      const changed = await account.update('demand', document.id, {
        positions: { rows: [{ id: third.id, quantity: 33 }, { meta: first.meta }, position(4, 40)] },
      });
      assert.equal(changed.sum, 10 + 33 * 30 + 160);
      const after = await rowsOf(document);
      assert.deepEqual(
        after.map(({ quantity }) => quantity),
        [1, 33, 4],
      );
      assert.deepEqual([after[0], after[1].id, after[1].price], [first, third.id, 30]);
      assert.ok(![first.id, second.id, third.id].includes(after[2].id));
      // A number in the document is never given twice, not even that of the last one when it is gone.
      await account.update('demand', document.id, { positions: [{ id: first.id }] });
      await account.update('demand', document.id, { positions: [{ id: first.id }, position(5)] });
      const numbers = await account.database.read((queries) =>
        queries.all<{ id: number }>(
          `select p.id from position p join document d on d.account = p.account and d.id = p.document
            where d.account = 1 and d.uuid = $1 order by p.id`,
          [document.id],
        ),
      );
      assert.deepEqual(
        numbers.map(({ id }) => id),
        [1, 5],
      );
      const twice = account.update('demand', document.id, {
        positions: [{ id: first.id }, { id: first.id }],
      });
      assert.deepEqual((await refusal(twice)).codes, [3013]);
    });

    it('put back as they were read change nothing, with their positions or without', async () => {
      const document = await demand([position(1.5, 10.25, { discount: 3 }), position(2)], {
        description: 'Осторожно',
        shipmentAddress: 'Somewhere',
      });
      account.now += 60_000;
      assert.deepEqual(await account.update('demand', document.id, document), document);
      const whole = { ...document, positions: await account.positions('demand', document.id) };
      assert.deepEqual(await account.update('demand', document.id, whole), document);
      account.now -= 60_000;
    });

    it('are dated to the minute, now unless told otherwise', async () => {
      account.now = Date.UTC(2026, 2, 1, 12, 34, 56, 789);
      assert.equal((await demand([])).moment, '2026-03-01 12:34:00.000');
      assert.equal((await demand([], { moment: '2026-01-02 03:04:59' })).moment, '2026-01-02 03:04:00.000');
      assert.deepEqual((await refusal(demand([], { moment: 'soon' }))).codes, [2016]);
      account.now = Date.UTC(2026, 2, 1, 12);
    });
  });

  describe(`numbers of documents on ${engine.name}`, () => {
    it('follow the greatest number of the kind and the year, with at least five digits', async () => {
      await using account = await FreshAccount.open(engine);
      const head = {
        store: ref(await account.seeded('store')),
        organization: ref(await account.seeded('organization')),
      };
      const name = async (more: object = {}, kind = 'enter'): Promise<string> =>
        (await account.create(kind, { ...head, ...more })).name;
      assert.equal(await name(), '00001');
      assert.equal(await name(), '00002');
      assert.equal(await name({}, 'loss'), '00001');
      assert.equal(await name({ name: '00041' }), '00041');
      assert.equal(await name({ name: 'A-77' }), 'A-77');
      assert.equal(await name({ name: '7 of 9' }), '7 of 9');
      assert.equal(await name(), '00042');
      // Duplicates are allowed; leading zeros do not count.
      assert.equal(await name({ name: '42' }), '42');
      assert.equal(await name(), '00043');
      assert.equal(await name({ name: '123456' }), '123456');
      assert.equal(await name(), '123457');
      // Another calendar year begins anew.
      assert.equal(await name({ moment: '2025-12-31 23:59:00' }), '00001');
      assert.equal(await name({ moment: '2025-01-01 00:00:00' }), '00002');
      assert.equal(await name(), '123458');
    });

    it('are given up to the last year that can be written, and not taken from longer numbers', async () => {
      await using account = await FreshAccount.open(engine);
      const head = {
        store: ref(await account.seeded('store')),
        organization: ref(await account.seeded('organization')),
      };
      const create = (more: object = {}) => account.create('enter', { ...head, ...more });
      const late = { moment: '9999-12-31 23:59:00' };
      assert.equal((await create(late)).name, '00001');
      await create({ ...late, name: '99999999998' });
      assert.equal((await create(late)).name, '99999999999');
      const ofNow = await create();
      assert.equal(ofNow.name, '00001');
      await create({ name: '123456789012' });
      assert.equal((await create()).name, '00002');
      const moved = await account.update('enter', ofNow.id, { moment: '9007-06-01 00:00:00' });
      assert.deepEqual([moved.name, moved.moment], ['00001', '9007-06-01 00:00:00.000']);
      assert.equal((await create({ moment: '9007-01-01 00:00:00' })).name, '00002');
    });

    it('follow renames, moves to another year and deletions', async () => {
      await using account = await FreshAccount.open(engine);
      const head = {
        store: ref(await account.seeded('store')),
        organization: ref(await account.seeded('organization')),
      };
      const create = (more: object = {}) => account.create('enter', { ...head, ...more });
      const first = await create();
      await account.update('enter', first.id, { name: '00500' });
      const next = await create();
      assert.equal(next.name, '00501');
      await account.update('enter', next.id, { moment: '2024-06-01 00:00:00' });
      assert.equal((await create()).name, '00501');
      await account.remove('enter', first.id);
      assert.equal((await create({ moment: '2024-07-01 00:00:00' })).name, '00502');
      assert.equal((await account.update('enter', next.id, { name: '' })).name, '00501');
    });

    it('count the year in the zone of the service', async () => {
      await using account = await FreshAccount.open(engine);
      const head = {
        store: ref(await account.seeded('store')),
        organization: ref(await account.seeded('organization')),
      };
      const create = async (moment: string): Promise<string> => {
        const asked = account.asked('entity/enter', '', 'Europe/Moscow');
        return ((await account.entities.create('enter', { ...head, moment }, asked)) as Json).name;
      };
      assert.equal(await create('2025-12-31 23:59:00'), '00001');
      // 22:30 of the old year in UTC.
      assert.equal(await create('2026-01-01 01:30:00'), '00001');
      assert.equal(await create('2026-06-01 00:00:00'), '00002');
    });
  });
}
