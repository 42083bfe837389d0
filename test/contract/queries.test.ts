/** Contract: Query language, through HTTP: what a client may write in an address that is not quite what lists take. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import type { HttpClient } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

interface List {
  readonly meta: { readonly size: number; readonly offset: number; readonly limit: number };
  readonly rows: readonly { readonly id: string; readonly name: string }[];
}

const NEVER = '498b8673-0308-11e6-9464-e4de00000089';

const listed = async (client: HttpClient, target: string): Promise<List> => {
  const reply = await client.get(target);
  assert.equal(reply.status, 200, reply.text);
  return reply.json<List>();
};

const filtered = (type: string, filter: string): string =>
  `/entity/${type}?filter=${encodeURIComponent(filter)}`;

for (const engine of engines) {
  describe(`queries over HTTP on ${engine.name}`, () => {
    it('refuse sums that no document can have', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      for (const filter of ['sum=9007199254740993', 'sum>-99999999999999999999', 'sum<9007199254740993.5']) {
        assertRefused(await client.get(filtered('enter', filter)), 400, 1014);
      }
      assert.equal((await listed(client, filtered('enter', 'sum<9007199254740991'))).meta.size, 0);
    });

    it('find the objects of the account by its id, and none by another', async () => {
      await using door = await openDoor(engine);
      const { client, principal } = await door.caller();
      const kinds =
        'uom store organization counterparty employee group productfolder enter loss demand salesreturn';
      await client.post('/entity/counterparty', { body: { name: 'Buyer' } });
      for (const kind of kinds.split(' ')) {
        const all = (await listed(client, `/entity/${kind}`)).meta.size;
        const found = async (condition: string): Promise<number> =>
          (await listed(client, filtered(kind, `accountId${condition}`))).meta.size;
        const own = principal.accountId.toUpperCase();
        assert.deepEqual([await found(`=${own}`), await found(`!=${own}`)], [all, 0], kind);
        assert.deepEqual([await found(`=${NEVER}`), await found(`!=${NEVER}`)], [0, all], kind);
        assert.deepEqual([await found('='), await found('!=')], [0, all], kind);
      }
      assertRefused(await client.get(filtered('store', 'accountId=mine')), 400, 1014);
      // Neither is documented.
      assertRefused(await client.get(filtered('product', `accountId=${NEVER}`)), 400, 1034);
      assertRefused(await client.get(filtered('currency', `accountId=${NEVER}`)), 400, 1034);
    });

    it('find no field of positions to filter or to sort by', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const [store] = (await listed(client, '/entity/store')).rows;
      const [organization] = (await listed(client, '/entity/organization')).rows;
      const enter = await client.post('/entity/enter', { body: { store, organization } });
      const positions = `/entity/enter/${enter.json<{ id: string }>().id}/positions`;
      const { parameter } = assertRefused(await client.get(`${positions}?filter=foo=1`), 400, 1034);
      assert.equal(parameter, 'foo');
      assertRefused(await client.get(`${positions}?order=zz`), 400, 1063);
      for (const query of ['filter=&order=&limit=5', 'expand=assortment']) {
        assert.deepEqual((await listed(client, `${positions}?${query}`)).rows, []);
      }
    });

    it('take a limit and an offset of any number of digits: the greatest page, and no rows', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      await client.post('/entity/product', { body: [{ name: 'A' }, { name: 'B' }] });
      const whole = await listed(client, '/entity/product?limit=9223372036854775808');
      assert.deepEqual([whole.meta.limit, whole.rows.length], [1000, 2]);
      for (const path of ['/entity/product', '/entity/webhook', '/async']) {
        const beyond = await listed(client, `${path}?offset=99999999999999999999`);
        assert.deepEqual(beyond.rows, [], path);
      }
      assertRefused(await client.get('/entity/product?offset=-99999999999999999999'), 400, 1040);
    });
  });
}
