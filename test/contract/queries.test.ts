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
