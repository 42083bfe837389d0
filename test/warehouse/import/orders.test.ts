import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createAccounts } from '../../../src/accounts/accounts.ts';
import { parseMoment } from '../../../src/contract/moments.ts';
import { UTC } from '../../../src/contract/zones.ts';
import type { Database } from '../../../src/database/database.ts';
import { steadyClock, systemClock } from '../../../src/platform/clock.ts';
import { type AccountKey, randomIds } from '../../../src/platform/ids.ts';
import { ROOMS } from '../../../src/store.ts';
import { OrderFileUnreadable, readOrderFile } from '../../../src/warehouse/import/order-file.ts';
import { importOrders } from '../../../src/warehouse/import/orders.ts';
import { verify } from '../../../src/warehouse/ledger/verify.ts';
import { seedAccount } from '../../../src/warehouse/new-account.ts';
import { engines } from '../../support/engines.ts';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';
/** Lines of one invoice stand apart; a name comes late; one line is dirt; A and a are two products. */
const FIRST = [
  '1,A,,6,2010-12-01 08:26:30,2.55,17850.0,France',
  '2,a,small a,1,2010-12-01 08:28:00,0.005,,Spain',
  '1,B," a ""quoted"", name",2,2010-12-01 08:26:30,1,17850.0,France',
  'C3,A,Late name,-4,2010-12-02 10:00:00,2.55,17850.0,France',
  '4,B,lost,-3,2010-12-02 11:00:00,0,,France',
  '5,B,,1,2010-12-02 12:00:00,-1,,France',
];

async function fileOf(lines: readonly string[]): Promise<{ path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-orders-'));
  const path = join(folder, 'orders.csv');
  await writeFile(path, HEADER + lines.map((line) => `${line}\n`).join(''));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

async function accountIn(database: Database): Promise<AccountKey> {
  const clock = systemClock();
  const accounts = createAccounts({ database, clock, steady: steadyClock(), ids: randomIds });
  const outcome = await accounts.create({
    name: 'Shop',
    login: 'admin@shop',
    password: 'secret',
    seed: (tx, account) =>
      seedAccount(tx, account, { ids: randomIds, now: clock.now(), login: 'admin@shop' }),
  });
  assert.equal(outcome.kind, 'created');
  return outcome.account.key;
}

const read = (path: string) =>
  readOrderFile(path, { columns: {}, parseMoment: (text) => parseMoment(text, UTC)?.ms });

async function run(database: Database, account: AccountKey, lines: readonly string[], signal?: AbortSignal) {
  await using file = await fileOf(lines);
  return await importOrders(await read(file.path), {
    database,
    account,
    clock: systemClock(),
    ids: randomIds,
    zone: 'UTC',
    signal: signal ?? new AbortController().signal,
  });
}

/** Documents as a person would tell them. */
async function told(database: Database, account: AccountKey): Promise<string[]> {
  const rows = await database.read((queries) =>
    queries.all<{ line: string }>(
      `select d.kind || ' ' || d.name || ' ' || d.moment || ' ' || s.name || ' ' || coalesce(c.name, '-') || ' ' ||
          p.id || ' ' || a.code || ' ' || p.quantity || ' ' || p.price as line
        from document d join position p on p.account = d.account and p.document = d.id
        join entity s on s.account = d.account and s.id = d.store
        left join entity c on c.account = d.account and c.id = d.agent
        join assortment a on a.account = p.account and a.id = p.assortment
        where d.account = $1 order by d.kind, d.name, p.id`,
      [account],
    ),
  );
  return rows.map(({ line }) => line);
}

const AT_8_26 = Date.UTC(2010, 11, 1, 8, 26);
const FIRST_TOLD = [
  `demand 1 ${AT_8_26} France 17850 1 A 60000 2550000`,
  `demand 1 ${AT_8_26} France 17850 2 B 20000 1000000`,
  `demand 2 ${AT_8_26 + 120_000} Spain Retail buyer 1 a 10000 10000`,
  `loss 4 ${Date.UTC(2010, 11, 2, 11)} France - 1 B 30000 0`,
  `salesreturn C3 ${Date.UTC(2010, 11, 2, 10)} France 17850 1 A 40000 2550000`,
];

for (const engine of engines) {
  describe(`an import of order lines into ${engine.name}`, () => {
    it('makes one document of the lines of an invoice, wherever they stand', async () => {
      await using opened = await engine.open(ROOMS);
      const account = await accountIn(opened.database);
      const outcome = await run(opened.database, account, FIRST);
      assert.deepEqual(await told(opened.database, account), FIRST_TOLD);
      assert.deepEqual(
        { ...outcome },
        {
          products: 3,
          stores: 2,
          counterparties: 2,
          documents: 4,
          grownDocuments: 0,
          positions: 5,
          knownDocuments: 0,
          interrupted: false,
        },
      );
      const names = await opened.database.read((queries) =>
        queries.all<{ name: string }>('select name from assortment where account = $1 order by id', [
          account,
        ]),
      );
      assert.deepEqual(
        names.map(({ name }) => name),
        ['Late name', 'small a', 'a "quoted", name'],
      );
      assert.deepEqual((await verify(opened.database)).differences, []);
    });

    it('changes nothing the second time, and adds only what is new when the file grew', async () => {
      await using opened = await engine.open(ROOMS);
      const account = await accountIn(opened.database);
      await run(opened.database, account, FIRST);
      const again = await run(opened.database, account, FIRST);
      assert.equal(again.knownDocuments, 4);
      assert.equal(again.positions, 0);
      assert.deepEqual(await told(opened.database, account), FIRST_TOLD);

      const grown = [
        ...FIRST,
        '1,C,,9,2010-12-01 08:26:30,3,17850.0,France',
        '6,A,,1,2010-12-03 09:00:00,1,,Malta',
      ];
      const outcome = await run(opened.database, account, grown);
      assert.equal(outcome.grownDocuments, 1);
      assert.equal(outcome.documents, 1);
      assert.equal(outcome.positions, 2);
      const lines = await told(opened.database, account);
      assert.deepEqual(
        lines.filter((line) => !FIRST_TOLD.includes(line)),
        [
          `demand 1 ${AT_8_26} France 17850 3 C 90000 3000000`,
          `demand 6 ${Date.UTC(2010, 11, 3, 9)} Malta Retail buyer 1 A 10000 1000000`,
        ],
      );
      assert.deepEqual((await verify(opened.database)).differences, []);
    });

    it('goes on where it was interrupted', async () => {
      await using opened = await engine.open(ROOMS);
      const account = await accountIn(opened.database);
      const many = Array.from({ length: 21_000 }, (_, i) => `${i % 7},A,,1,2010-12-01 08:26:00,1,,France`);
      await using file = await fileOf(many);
      const controller = new AbortController();
      const job = {
        database: opened.database,
        account,
        clock: systemClock(),
        ids: randomIds,
        zone: 'UTC',
      };
      const book = await read(file.path);
      const first = await importOrders(book, {
        ...job,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      assert.equal(first.interrupted, true);
      assert.ok(first.positions > 0 && first.positions < 21_000);
      const rest = await importOrders(book, { ...job, signal: new AbortController().signal });
      assert.equal(rest.interrupted, false);
      assert.equal(first.positions + rest.positions, 21_000);
      assert.equal(first.documents + rest.documents, 7);
      assert.equal((await told(opened.database, account)).length, 21_000);
    });

    it('says which invoices hold more than can be kept, and leaves them out', async () => {
      await using opened = await engine.open(ROOMS);
      const account = await accountIn(opened.database);
      const imported = (line: string) =>
        run(
          opened.database,
          account,
          Array.from({ length: 10 }, () => line),
        );
      const stock = imported('7,A,,99999999999,2010-12-01 08:26:00,1,,France');
      await assert.rejects(stock, /stock .* beyond ±900719925474\.0991 by the invoices 7 to 7 .* none/);
      const sum = imported('8,A,,999999,2010-12-01 08:26:00,999999999,,France');
      await assert.rejects(sum, /sum .* beyond 2\^53 by the invoices 8 to 8 /);
      assert.deepEqual(await told(opened.database, account), []);
    });
  });
}

describe('an order file', () => {
  it('is read plain and packed alike, and says which lines it rejects', async () => {
    await using file = await fileOf(FIRST);
    const plain = await read(file.path);
    assert.deepEqual(plain.rejections, [{ line: 7, reason: 'UnitPrice -1 is negative' }]);
    await writeFile(`${file.path}.gz`, gzipSync(HEADER + FIRST.join('\n')));
    assert.deepEqual(await read(`${file.path}.gz`), plain);
  });

  it('without its columns is refused by name', async () => {
    await using file = await fileOf([]);
    await writeFile(file.path, 'a,b\n1,2\n');
    await assert.rejects(read(file.path), (error) => {
      assert.ok(error instanceof OrderFileUnreadable);
      assert.match(error.message, /no column InvoiceNo, StockCode/);
      return true;
    });
  });
});
