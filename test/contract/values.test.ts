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
