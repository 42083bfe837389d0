/** Contract: Rules that matter, Validation, through HTTP: values that have their type and are wrong all the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import type { Reply } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

const idOf = (reply: Reply): string => {
  assert.equal(reply.status, 200, reply.text);
  return reply.json<{ id: string }>().id;
};

for (const engine of engines) {
  describe(`values over HTTP on ${engine.name}`, () => {
    it('of a required text are more than blanks', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const bodies = {
        product: ['name'],
        store: ['name'],
        employee: ['lastName'],
        currency: ['name', 'code', 'isoCode'],
      };
      for (const [type, fields] of Object.entries(bodies)) {
        const good = Object.fromEntries(fields.map((field) => [field, ' x']));
        for (const field of fields) {
          for (const blank of [' ', '\t \n', '\u00a0']) {
            const reply = await client.post(`/entity/${type}`, { body: { ...good, [field]: blank } });
            assert.equal(assertRefused(reply, 412, 3000).parameter, field);
          }
        }
        const path = `/entity/${type}/${idOf(await client.post(`/entity/${type}`, { body: good }))}`;
        const [field = ''] = fields;
        assertRefused(await client.put(path, { body: { [field]: '   ' } }), 412, 3000);
        assert.equal((await client.get(path)).json()[field], ' x');
      }
      // A document needs no name: it gets its number.
      const seeded = async (type: string) =>
        (await client.get(`/entity/${type}`)).json<{ rows: object[] }>().rows[0];
      const body = { store: await seeded('store'), organization: await seeded('organization'), name: ' ' };
      assert.equal((await client.post('/entity/enter', { body })).json().name, '00001');
    });

    it('that name a parent lead to no object that lies below', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      for (const [type, field] of [
        ['store', 'parent'],
        ['productfolder', 'productFolder'],
      ] as const) {
        const upper = (await client.post(`/entity/${type}`, { body: { name: 'Upper' } })).json<{
          meta: object;
        }>();
        const lower = (
          await client.post(`/entity/${type}`, { body: { name: 'Lower', [field]: { meta: upper.meta } } })
        ).json<{ meta: object }>();
        const path = `/entity/${type}/${Object(upper).id}`;
        for (const [parent, code] of [
          [upper, 23000],
          [lower, 23001],
        ] as const) {
          const reply = await client.put(path, { body: { [field]: { meta: parent.meta } } });
          const { error, parameter, column } = assertRefused(reply, 412, code);
          assert.deepEqual([parameter, column], [field, `{"${field}":`.length + 1]);
          assert.doesNotMatch(error, /folder/i);
        }
      }
    });

    it('of an e-mail address have its form', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      for (const type of ['counterparty', 'organization', 'employee']) {
        const named = type === 'employee' ? { lastName: 'Ivanov' } : { name: 'Ivanov' };
        for (const email of ['notanemail', '@', 'a@', '@b', 'a b@c.in', 'a@b@c.in']) {
          const refused = assertRefused(
            await client.post(`/entity/${type}`, { body: { ...named, email } }),
            412,
            3015,
          );
          assert.equal(refused.parameter, 'email');
        }
        for (const email of ['ivan@shop.in', 'иван@почта.рф', '']) {
          idOf(await client.post(`/entity/${type}`, { body: { ...named, email } }));
        }
      }
    });
  });
}
