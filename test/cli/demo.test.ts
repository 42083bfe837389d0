/** Contract: How it is run, `waybill demo` and `waybill verify`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Engine, engines } from '../support/engines.ts';
import { type Credentials, openSite, type Site } from '../support/served.ts';

const SIZE = ['--products', '60', '--stores', '3', '--movements', '500'];

/** Every row of the account's catalog, documents and positions as the API shows them, without what differs by nature. */
async function everything(site: Site, token: string): Promise<unknown> {
  await using served = await site.serve({ flags: ['--no-demo'] });
  const client = served.client(token);
  const lists: Record<string, unknown> = {};
  for (const type of [
    'product',
    'productfolder',
    'store',
    'counterparty',
    'enter',
    'demand',
    'loss',
    'salesreturn',
  ]) {
    const { rows } = (await client.get(`/entity/${type}?limit=1000&order=name`)).json<{ rows: Row[] }>();
    lists[type] = rows.map(({ name, code, article, pathName, minimumBalance, sum, id }) => ({
      // Those that every account has from the beginning have ids of their own.
      ...(!SEEDED.includes(name) && { id }),
      ...{ name, code, article, pathName, minimumBalance, sum },
    }));
  }
  const report = await client.get('/report/stock/bystore?filter=stockMode=all&limit=1000');
  lists.stock = report
    .json<{ rows: { stockByStore: { name: string; stock: number }[] }[] }>()
    .rows.map(({ stockByStore }) => stockByStore.map(({ name, stock }) => `${name} ${stock}`));
  return lists;
}

interface Row {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly name: string;
}

/** Names of the objects that an account begins with. */
const SEEDED = ['Main warehouse'];

describe('waybill demo', () => {
  it('gives the same data for the same seed on every engine, and other data for another', async () => {
    const dataOf = async (engine: Engine, seed: string): Promise<unknown> => {
      await using site = await openSite(engine);
      const { code, stdout, stderr } = await site.run(['demo', ...SIZE, '--seed', seed]);
      assert.deepEqual([code, stdout, stderr], [0, '60 products, 3 stores, 500 positions\n', '']);
      return await everything(site, site.firstRun().token);
    };
    const [first, ...others] = await Promise.all(engines.map((engine) => dataOf(engine, '7')));
    for (const other of others) assert.deepEqual(other, first);
    assert.notDeepEqual(await dataOf(engines[0]!, '8'), first);
  });

  it('fills an account that is named, and refuses where it is not clear which', async () => {
    await using site = await openSite(engines[0]!);
    const created = await site.run(['account', 'create', 'Shop', '--login', 'a@b', '--json']);
    const { accountId } = JSON.parse(created.stdout) as Credentials;
    const unnamed = await site.run(['demo', ...SIZE]);
    assert.deepEqual([unnamed.code, unnamed.stdout], [1, '']);
    assert.match(unnamed.stderr, /^the store has accounts: name one with --account\n$/);
    const unknown = await site.run(['demo', ...SIZE, '--account', crypto.randomUUID()]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /^no account [0-9a-f-]{36}\n$/);
    assert.equal((await site.run(['demo', ...SIZE, '--account', accountId])).code, 0);
    const database = await site.database();
    const count = await database.read((queries) =>
      queries.one<{ positions: number }>('select count(*) as positions from position'),
    );
    assert.equal(count?.positions, 500);
  });

  it('interrupted ends with 130', async () => {
    await using site = await openSite(engines[0]!);
    const large = ['--products', '20000', '--stores', '3', '--movements', '200000'];
    const program = site.start(['demo', ...large]);
    await site.wrote('first-run.json');
    const { code, signal } = await program.end('SIGINT');
    assert.deepEqual([code, signal], [130, null]);
    // What stands is whole.
    const verified = await site.run(['verify']);
    assert.deepEqual([verified.code, verified.stderr], [0, '']);
  });
});

for (const engine of engines) {
  describe(`waybill verify in ${engine.name}`, () => {
    it('agrees with 0, beside a server too, and finds a balance that was tampered with: 1', async () => {
      await using site = await openSite(engine);
      assert.equal((await site.run(['demo', ...SIZE])).code, 0);
      await using served = await site.serve();
      const good = await site.run(['verify']);
      assert.deepEqual([good.code, good.stderr], [0, '']);
      assert.match(good.stdout, /^The registers agree with the documents: \d+ documents, 500 entries\.\n$/);

      const database = await site.database();
      const [row] = await database.read((queries) =>
        queries.all<{ account: number; assortment: number; store: number; quantity: number }>(
          'select account, assortment, store, quantity from balance order by assortment, store limit 1',
        ),
      );
      const { account, assortment, store, quantity } = row!;
      await database.write((tx) =>
        tx.run(
          'update balance set quantity = quantity + 1 where account = $1 and assortment = $2 and store = $3',
          [account, assortment, store],
        ),
      );
      const bad = await site.run(['verify', '--json']);
      assert.equal(bad.code, 1);
      const { differences } = JSON.parse(bad.stdout) as { differences: unknown[] };
      const difference = { account, register: 'balance', store, assortment };
      assert.deepEqual(differences, [{ ...difference, expected: quantity, found: quantity + 1 }]);
      const shown = await site.run(['verify']);
      assert.equal(shown.code, 1);
      assert.match(shown.stdout, /^\{.*"register":"balance".*\}\n1 differences?\.\n$/);
      await served.program.end('SIGTERM');
    });
  });
}
