/** Contract: Errors, through HTTP: line and column of refusals that only a look at the database brings out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import type { HttpClient, Reply } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

const SYNC_ID = '498b8673-0308-11e6-9464-e4de00000001';
const OTHER_ID = '498b8673-0308-11e6-9464-e4de00000002';

interface Shown {
  readonly id: string;
  readonly meta: object;
}

/** The one error of an answer and where it is said to be. */
function placeOf(reply: Reply, status: number, code: number) {
  const { parameter, line, column } = assertRefused(reply, status, code);
  return [parameter, line, column];
}

const first = async (client: HttpClient, type: string): Promise<Shown | undefined> =>
  (await client.get(`/entity/${type}`)).json<{ rows: Shown[] }>().rows[0];

const text = (body: string) => ({ headers: { 'Content-Type': 'application/json' }, body });

for (const engine of engines) {
  describe(`places of errors over HTTP on ${engine.name}`, () => {
    it('are told of another syncId, also in an array', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const { id, meta } = (
        await client.post('/entity/product', { body: { name: 'x', syncId: SYNC_ID } })
      ).json<Shown>();
      const changed = await client.put(`/entity/product/${id}`, text(`{\n  "syncId": "${OTHER_ID}"\n}`));
      assert.deepEqual(placeOf(changed, 412, 1047), ['syncId', 2, 13]);
      const many = await client.post(
        '/entity/product',
        text(`[{"name": "y"},\n{"meta": ${JSON.stringify(meta)},\n"syncId": "${OTHER_ID}"}]`),
      );
      const [, outcome] = many.json<{ errors?: { code: number; line: number; column: number }[] }[]>();
      const [error] = outcome?.errors ?? [];
      assert.deepEqual([many.status, error?.code, error?.line, error?.column], [412, 1047, 3, 11]);
    });

    it('are told of an array where one object belongs', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const path = `/entity/product/${OTHER_ID}`;
      assert.deepEqual(placeOf(await client.put(path, text('\n [{"name": "x"}]')), 400, 2009), [
        undefined,
        2,
        2,
      ]);
    });

    it('are told of a sum that is too large, when it arises and when it grows', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const goods = (await client.post('/entity/product', { body: { name: 'x' } })).json<Shown>();
      const head = { store: await first(client, 'store'), organization: await first(client, 'organization') };
      const [open] = JSON.stringify(head).split(/}$/);
      const dear = { assortment: { meta: goods.meta }, quantity: 1_000_000_000, price: 100_000_000_000 };
      const positions = `,\n "positions": [${JSON.stringify(dear)}]}`;
      const made = await client.post('/entity/enter', text(open + positions));
      assert.deepEqual(placeOf(made, 412, 3008), ['sum', 2, 15]);
      const { id } = (await client.post('/entity/enter', { body: head })).json<Shown>();
      const grown = await client.put(`/entity/enter/${id}`, text(`{"description": "x"${positions}`));
      assert.deepEqual(placeOf(grown, 412, 3008), ['sum', 2, 15]);
    });
  });
}
