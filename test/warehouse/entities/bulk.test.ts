import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../../src/contract/errors.ts';
import { engines } from '../../support/engines.ts';
import { BASE, FreshAccount, type Json, refusal } from './fresh-account.ts';

const codesOf = (outcome: object): number[] | string =>
  outcome instanceof ApiError ? outcome.problems.map(({ code }) => code) : (outcome as Json).name;

for (const engine of engines) {
  describe(`arrays on ${engine.name}`, () => {
    it('give each element its own outcome, in order, and save the good ones', async () => {
      await using account = await FreshAccount.open(engine);
      const known = await account.create('store', { name: 'Known' });
      const { status, outcomes } = await account.createMany('store', [
        { name: 'First' },
        {},
        { meta: known.meta, name: 'Renamed' },
        { name: 'x'.repeat(300) },
        { name: 'Last' },
      ]);
      assert.equal(status, 412);
      assert.deepEqual(outcomes.map(codesOf), ['First', [3000], 'Renamed', [3040], 'Last']);
      assert.deepEqual(await account.names('store'), ['Main warehouse', 'Renamed', 'First', 'Last']);
      // Places are counted from the top of the array.
      const failed = outcomes.filter((outcome) => outcome instanceof ApiError);
      assert.deepEqual(
        failed.map(({ problems }) => problems[0]?.path),
        [
          [1, 'name'],
          [3, 'name'],
        ],
      );
    });

    it('answer 200 when all succeeded, also for one element and for none', async () => {
      await using account = await FreshAccount.open(engine);
      const one = await account.createMany('store', [{ name: 'Only' }]);
      assert.deepEqual([one.status, one.outcomes.length], [200, 1]);
      assert.deepEqual(await account.createMany('store', []), { status: 200, outcomes: [] });
    });

    it('answer 400 when any failure is one of form, else the status of the first', async () => {
      await using account = await FreshAccount.open(engine);
      const status = async (...bodies: unknown[]) => (await account.createMany('store', bodies)).status;
      const gone = {
        meta: { href: `${BASE}/entity/store/00000000-0000-4000-8000-000000000000`, type: 'store' },
      };
      assert.equal(await status({}, { name: 5 }), 400);
      assert.equal(await status({}, gone), 412);
      assert.equal(await status(gone, {}), 404);
      assert.equal(await status('text'), 400);
      assert.equal(await status({ meta: { type: 'store' } }), 400);
    });

    it('change an object only where its meta says of which type it is', async () => {
      await using account = await FreshAccount.open(engine);
      const { meta } = await account.create('product', { name: 'Goods' });
      const { type: _type, ...untyped } = meta;
      const { status, outcomes } = await account.createMany('product', [
        { meta: { ...meta, type: 'store' }, name: 'As a store' },
        { meta: { ...meta, type: 'nothing' }, name: 'As nothing' },
        { meta: untyped, name: 'As such' },
        { meta: { ...meta, type: 5 }, name: 'As five' },
        { meta: { ...meta, type: 'Product' }, name: 'Renamed' },
      ]);
      assert.deepEqual([status, outcomes.map(codesOf)], [400, [[1060], [1060], [2011], [2011], 'Renamed']]);
      assert.deepEqual(await account.names('product'), ['Renamed']);
    });

    it('take 1000 objects at most', async () => {
      await using account = await FreshAccount.open(engine);
      const bodies = Array.from({ length: 1001 }, () => ({ name: 'x' }));
      const { status, codes } = await refusal(account.createMany('store', bodies));
      assert.deepEqual([status, codes], [413, [2007]]);
      assert.deepEqual(await account.names('store'), ['Main warehouse']);
    });
  });
}
