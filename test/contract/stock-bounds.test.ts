/** Contract: Rules that matter (3008): stock that a report could not tell exactly is refused where it would arise. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Member, startApp } from '../support/app.ts';
import { engines } from '../support/engines.ts';
import type { HttpClient, Reply } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

interface Shown {
  readonly id: string;
  readonly meta: object;
}

/** Makes documents of one product in the seeded store. */
async function shop({ client }: Member) {
  const seeded = async (type: string) =>
    (await client.get(`/entity/${type}`)).json<{ rows: Shown[] }>().rows[0];
  const head = {
    store: { meta: (await seeded('store'))?.meta },
    organization: { meta: (await seeded('organization'))?.meta },
  };
  const product = async (name: string) =>
    (await client.post('/entity/product', { body: { name } })).json<Shown>();
  const post = (
    type: string,
    { meta }: Shown,
    quantities: readonly number[],
    moment = '2026-01-05 10:00:00',
  ) =>
    client.post(`/entity/${type}`, {
      body: {
        ...head,
        moment,
        positions: quantities.map((quantity) => ({ assortment: { meta }, quantity })),
      },
    });
  return { product, post };
}

const succeeded = async (sent: Promise<Reply>): Promise<Shown> => {
  const reply = await sent;
  assert.equal(reply.status, 200, reply.text);
  return reply.json<Shown>();
};

/** Stock of each product in the one store, as written. */
async function stocks(client: HttpClient, query = ''): Promise<string[]> {
  const reply = await client.get(`/report/stock/bystore${query}`);
  assert.equal(reply.status, 200, reply.text);
  return [...reply.text.matchAll(/"stock":([^,]*)/g)].map(([, stock = '']) => stock);
}

for (const engine of engines) {
  describe(`stock beyond what numbers tell exactly on ${engine.name}`, () => {
    it('is refused with 3008, and every report goes on', async () => {
      await using app = await startApp(engine);
      const member = await app.member();
      const { client } = member;
      const { product, post } = await shop(member);
      const nails = await product('Nails');
      const dust = await product('Dust');
      await succeeded(post('enter', dust, [0.0001]));
      for (let document = 1; document <= 9; document++) {
        await succeeded(post('enter', nails, [99_999_999_999]));
      }
      const refused = assertRefused(await post('enter', nails, [99_999_999_999]), 412, 3008);
      assert.deepEqual([refused.parameter, typeof refused.line], ['quantity', 'number']);
      assert.deepEqual(await stocks(client), ['0.0001', '899999999991']);
      assert.equal((await app.report(member, '/report/stock/bystore?async=true')).rows.length, 2);
    });

    it('is refused where one document alone goes beyond it', async () => {
      await using app = await startApp(engine);
      const member = await app.member();
      const { product, post } = await shop(member);
      const nails = await product('Nails');
      const most = Array.from({ length: 10 }, () => 99_999_999_999);
      assertRefused(await post('enter', nails, most), 412, 3008);
      assertRefused(await post('loss', nails, most), 412, 3008);
      const { id } = await succeeded(post('enter', nails, most.slice(1)));
      assert.equal((await member.client.delete(`/entity/enter/${id}`)).status, 200);
      assert.deepEqual(await stocks(member.client), []);
    });

    it('that stood only at a past moment reads as the bound, and other rows as they are', async () => {
      await using app = await startApp(engine);
      const member = await app.member();
      const { product, post } = await shop(member);
      const nails = await product('Nails');
      const dust = await product('Dust');
      await succeeded(post('enter', dust, [1.5], '2026-01-01 10:00:00'));
      await succeeded(post('enter', nails, [500_000_000_000], '2026-01-01 10:00:00'));
      await succeeded(post('loss', nails, [500_000_000_000], '2026-03-01 10:00:00'));
      await succeeded(post('enter', nails, [500_000_000_000], '2026-01-01 10:00:00'));
      const past = `?filter=${encodeURIComponent('moment=2026-02-01 10:00:00')}`;
      assert.deepEqual(await stocks(member.client, past), ['1.5', '900719925474.0991']);
    });
  });
}
