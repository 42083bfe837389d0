import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodePage } from '../src/exchange/encode/json.ts';
import { RequestRefused, type Source, type SourceRequest, type Window } from '../src/exchange/ports.ts';
import openSources from '../src/sources.ts';
import { recordChange } from '../src/warehouse/ledger/changes.ts';
import { post } from '../src/warehouse/ledger/post.ts';
import { engines } from './support/engines.ts';
import { BASE, SHOP_ROOMS, Shop } from './support/shop.ts';

const PATH = 'report/stock/bystore';
const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

for (const engine of engines) {
  /** A shop with one product, and the sources of a worker beside it. */
  const open = async (config: object = {}) => {
    const opened = await engine.open(SHOP_ROOMS);
    const shop = await Shop.open(opened.database);
    await shop.product('Bolt');
    const source = await openSources({ databaseUrl: opened.url, timeZone: 'UTC', ...config });
    return {
      shop,
      source,
      ask: (query: string, more: Partial<SourceRequest> = {}): SourceRequest => ({
        account: shop.account,
        path: PATH,
        query,
        base: BASE,
        url: `${BASE}/${PATH}?${query}`,
        principal: shop.principal,
        language: 'en',
        ...more,
      }),
      async [Symbol.asyncDispose]() {
        await source.close();
        await opened[Symbol.asyncDispose]();
      },
    };
  };

  const read = (source: Source, request: SourceRequest, window?: Window) =>
    source.open(request, window, never, async (opened) => ({
      snapshot: opened.snapshot,
      total: opened.total,
      body: JSON.parse((await encodePage(opened)).toString()) as {
        meta: { href: string };
        rows: { stockByStore: { stock: number }[] }[];
      },
    }));

  const refused = async (work: Promise<unknown>): Promise<RequestRefused> => {
    try {
      await work;
    } catch (error) {
      if (error instanceof RequestRefused) return error;
      throw error;
    }
    throw new Error('it was not refused');
  };

  /** Puts one of the product into the main store at a moment, by a commit with a stamp. */
  const receive = (shop: Shop, moment: number, stamp: number): Promise<unknown> =>
    shop.database.write(
      async (tx) => {
        const store = await tx.one<{ id: number }>(
          "select id from entity where account = $1 and kind = 'store'",
          [shop.account],
        );
        const entry = { assortment: 1, store: store!.id, moment, document: 1, position: 1, quantity: 10_000 };
        await recordChange(tx, shop.account, await post(tx, shop.account, [], [entry]), stamp);
      },
      { space: 'ledger', key: shop.account },
    );

  describe(`the sources of a worker process on ${engine.name}`, () => {
    it('open a report whole and as a page, and tell which commit they saw', async () => {
      await using opened = await open();
      const { shop, source, ask } = opened;
      const whole = await read(source, ask('filter=stockMode=all'));
      assert.equal(whole.total, 1);
      assert.equal(whole.body.rows.length, 1);
      const page = await read(source, ask('filter=stockMode=all'), { limit: 10, offset: 1 });
      assert.deepEqual([page.total, page.body.rows], [0, []]);
      const stamp = Date.now() + HOUR_MS;
      await receive(shop, 1, stamp);
      const next = await read(source, ask(''));
      assert.deepEqual(next.snapshot, { sequence: whole.snapshot.sequence + 1, moment: stamp });
    });

    it('date a state before the first change by the creation of the account', async () => {
      await using opened = await open();
      const { shop, source, ask } = opened;
      await shop.database.write((tx) => tx.run('delete from change'));
      assert.deepEqual((await read(source, ask(''))).snapshot, { sequence: 0, moment: 1 });
    });

    it('refuse who has no right to the report', async () => {
      await using opened = await open();
      const { shop, source, ask } = opened;
      const principal = { ...shop.principal, administrator: false };
      const { status, errors } = await refused(read(source, ask('filter=nonsense', { principal })));
      assert.equal(status, 403);
      assert.partialDeepStrictEqual(errors, [
        { code: 1016, error: 'Access Denied: You do not have permission to view this object' },
      ]);
    });

    it('refuse a wrong request as its synchronous twin does, in the language of the request', async () => {
      await using opened = await open();
      const { source, ask } = opened;
      const { status, errors } = await refused(read(source, ask('filter=some%3D1', { language: 'ru' })));
      assert.equal(status, 400);
      assert.equal(errors.length, 1);
      assert.partialDeepStrictEqual(errors[0], {
        code: 1034,
        parameter: 'some',
        moreInfo: 'http://localhost:8080/docs/errors#error_1034',
      });
      assert.match((errors[0] as { error: string }).error, /^Ошибка фильтрации: неизвестное поле «some»/);
      const undecodable = await refused(read(source, ask('filter=%FF')));
      assert.partialDeepStrictEqual(undecodable.errors, [{ code: 1058 }]);
      const unknown = await refused(read(source, ask('', { path: 'report/nothing' })));
      assert.equal(unknown.status, 404);
    });

    it('do not take a fault of their own for one of the request', async () => {
      await using opened = await open();
      const { source, ask } = opened;
      await assert.rejects(read(source, ask('', { principal: undefined })), TypeError);
      await assert.rejects(read(source, ask('', { account: 2 })), TypeError);
      const failing = source.open(ask(''), undefined, never, async () => {
        throw new Error('the disk is full');
      });
      await assert.rejects(failing, /the disk is full/);
      const aborted = source.open(ask(''), undefined, AbortSignal.abort(), async () => {});
      await assert.rejects(aborted, { name: 'AbortError' });
      await assert.rejects(Promise.resolve(openSources({ timeZone: 'UTC' })), TypeError);
    });

    it('count what is dated in the future by the turned clock, not by the machine', async () => {
      await using opened = await open({ clockOffsetMs: 48 * HOUR_MS });
      const { shop, source, ask } = opened;
      await receive(shop, Date.now() + 47 * HOUR_MS, 1);
      assert.equal((await read(source, ask(''))).total, 1);
      await receive(shop, Date.now() + 49 * HOUR_MS, 1);
      assert.equal((await read(source, ask(''))).body.rows[0]!.stockByStore[0]!.stock, 1);
    });

    it('count a document of the present that a clock a little ahead has stamped', async () => {
      await using opened = await open();
      const { shop, source, ask } = opened;
      const ahead = Date.now() + 1_500;
      await receive(shop, ahead, ahead);
      assert.equal((await read(source, ask(''))).total, 1);
    });

    it('do not take a stamp far ahead for skew', async () => {
      await using opened = await open();
      const { shop, source, ask } = opened;
      await receive(shop, Date.now() + HOUR_MS, Date.now() + 2 * HOUR_MS);
      assert.equal((await read(source, ask(''))).total, 0);
    });
  });
}
