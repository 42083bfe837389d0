/** Contract: Catalog, currencies (31000-31003), through HTTP. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import type { HttpClient } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

interface Currency {
  readonly id: string;
  readonly [field: string]: unknown;
}

const created = async (client: HttpClient, body: object): Promise<Currency> => {
  const reply = await client.post('/entity/currency', { body });
  assert.equal(reply.status, 200, reply.text);
  return reply.json<Currency>();
};

const EURO = { name: 'euro', code: '978', isoCode: 'EUR' };

for (const engine of engines) {
  describe(`currencies over HTTP on ${engine.name}`, () => {
    it('keep the rate of the one of the account, and may have any other above 0', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const [own] = (await client.get('/entity/currency')).json<{ rows: Currency[] }>().rows;
      const path = `/entity/currency/${own?.id}`;
      const refused = await client.put(path, { body: { name: 'rupee', rate: 2 } });
      const { parameter, column } = assertRefused(refused, 412, 31003);
      assert.deepEqual([parameter, column], ['rate', 24]);
      assert.deepEqual((await client.get(path)).json(), own);
      const renamed = await client.put(path, { body: { ...own, name: 'Rupee' } });
      assert.deepEqual([renamed.status, renamed.json<Currency>().rate], [200, 1]);

      const euro = await created(client, { ...EURO, rate: 98.1234567 });
      assert.equal(euro.rate, 98.1234567);
      const cases: readonly (readonly [number, number])[] = [
        [-1, 3002],
        [0, 3003],
        [1e300, 3008],
      ];
      for (const [rate, code] of cases) {
        const reply = await client.put(`/entity/currency/${euro.id}`, { body: { rate } });
        assert.equal(assertRefused(reply, 412, code).parameter, 'rate');
        assertRefused(
          await client.post('/entity/currency', { body: { ...EURO, code: '1', rate } }),
          412,
          code,
        );
      }
      const margin = await client.put(`/entity/currency/${euro.id}`, { body: { margin: -1e300 } });
      assertRefused(margin, 412, 3008);
      const changed = await client.put(`/entity/currency/${euro.id}`, {
        body: { rate: 0.000_001, margin: -1.5 },
      });
      assert.deepEqual([changed.json<Currency>().rate, changed.json<Currency>().margin], [0.000_001, -1.5]);
    });

    it('have a multiplicity above 0', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const refused = async (multiplicity: number, code: number): Promise<string> =>
        assertRefused(await client.post('/entity/currency', { body: { ...EURO, multiplicity } }), 412, code)
          .error;
      assert.match(await refused(0, 3003), /"multiplicity" must be above 0/);
      assert.match(await refused(-1, 3002), /"multiplicity" must not be negative/);
      assert.equal((await created(client, { ...EURO, multiplicity: 100 })).multiplicity, 100);
    });

    it('have a code that no other one has', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const euro = await created(client, EURO);
      const again = assertRefused(await client.post('/entity/currency', { body: EURO }), 412, 3006);
      assert.deepEqual([again.parameter, again.column], ['code', '{"name":"euro","code":'.length + 1]);
      const other = await created(client, { ...EURO, code: '1' });
      assertRefused(await client.put(`/entity/currency/${other.id}`, { body: { code: '978' } }), 412, 3006);
      assertRefused(
        await client.post('/entity/currency', { body: { system: true, isoCode: 'EUR' } }),
        412,
        3006,
      );
      const same = await client.put(`/entity/currency/${euro.id}`, { body: { code: '978', name: 'Euro' } });
      assert.equal(same.status, 200, same.text);
    });

    it('are taken from the list of the system by either code', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const dollar = await created(client, { system: true, code: '840', rate: 83.5, name: 'buck' });
      const { system, name, fullName, code, isoCode, rate } = dollar;
      assert.deepEqual([system, name, fullName], [true, 'USD', 'US Dollar']);
      assert.deepEqual([code, isoCode, rate], ['840', 'USD', 83.5]);
      assert.equal((await created(client, { system: true, isoCode: 'jpy' })).code, '392');
      assert.equal((await created(client, { system: true, code: '978', isoCode: 'EUR' })).fullName, 'Euro');
      const path = `/entity/currency/${dollar.id}`;
      assert.equal((await client.put(path, { body: { system: false } })).json<Currency>().system, true);
      assert.deepEqual((await client.put(path, { body: dollar })).json(), dollar);
      const refusals: readonly (readonly [object, number, number])[] = [
        [{ system: true }, 412, 31002],
        [{ system: true, code: '', name: 'x' }, 412, 31002],
        [{ system: true, code: '000' }, 412, 31001],
        [{ system: true, isoCode: 'XYZ' }, 412, 31001],
        [{ system: true, code: '756', isoCode: 'USD' }, 412, 31001],
        [{ system: 'yes', code: '756', isoCode: 'CHF', name: 'franc' }, 400, 2016],
      ];
      for (const [body, status, expected] of refusals) {
        assertRefused(await client.post('/entity/currency', { body }), status, expected);
      }
    });
  });
}
