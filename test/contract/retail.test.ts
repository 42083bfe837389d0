/**
 * Real order lines through the whole product: the asynchronous report of every store against an independent pass over
 * the file.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseMoment } from '../../src/contract/moments.ts';
import { UTC } from '../../src/contract/zones.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { randomIds } from '../../src/platform/ids.ts';
import { readOrderFile } from '../../src/warehouse/import/order-file.ts';
import { importOrders } from '../../src/warehouse/import/orders.ts';
import { startApp } from '../support/app.ts';
import { engines } from '../support/engines.ts';

const FILE = join(import.meta.dirname, '../data/online-retail-50000.csv.gz');

/** A quoted CSV of one-line records, read without the product's parser. */
function cells(line: string): string[] {
  const found = line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g);
  return [...found].map(([, cell = '']) =>
    cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
  );
}

/** Stock by product code and country: what the table of the import says of each line, added up. */
function sumsOfFile(): Map<string, number> {
  const sums = new Map<string, number>();
  const [, ...lines] = gunzipSync(readFileSync(FILE)).toString('utf8').split('\n');
  for (const line of lines) {
    if (line === '') continue;
    const [invoice = '', code = '', , quantity = '', , price = '', , country = ''] = cells(line);
    if (Number(price) < 0 || Number(quantity) === 0 || code.trim() === '') continue;
    // A return brings back, everything else takes away, whatever the sign in the file.
    const change = Math.abs(Number(quantity)) * (invoice.startsWith('C') ? 1 : -1);
    const key = `${code.trim()} @ ${country}`;
    sums.set(key, (sums.get(key) ?? 0) + change);
  }
  return sums;
}

interface Row {
  readonly meta: { readonly href: string };
  readonly stockByStore: readonly { readonly name: string; readonly stock: number }[];
}

for (const engine of engines) {
  describe(`the first 50,000 lines of the retail file in ${engine.name}`, () => {
    it('stand in the asynchronous report as an independent pass adds them up', async () => {
      await using app = await startApp(engine);
      const member = await app.member();
      const book = await readOrderFile(FILE, {
        columns: {},
        parseMoment: (text) => parseMoment(text, UTC)?.ms,
      });
      assert.equal(book.lines, 50_000);
      await importOrders(book, {
        database: app.database,
        account: member.principal.account,
        clock: systemClock(),
        ids: randomIds,
        zone: 'UTC',
        signal: new AbortController().signal,
      });
      const products = await app.database.read((queries) =>
        queries.all<{ uuid: string; code: string }>('select uuid, code from assortment where account = $1', [
          member.principal.account,
        ]),
      );
      const codes = new Map(products.map(({ uuid, code }) => [uuid, code]));

      const report = await app.report(member, '/report/stock/bystore?async=true&filter=stockMode=all');
      assert.equal(report.rows.length, codes.size);
      assert.equal(report.meta.size, codes.size);
      const found = new Map<string, number>();
      for (const row of report.rows as readonly Row[]) {
        const id = /product\/([0-9a-f-]+)\?expand=supplier$/.exec(row.meta.href)?.[1] ?? '';
        for (const { name, stock } of row.stockByStore) {
          if (stock !== 0) found.set(`${codes.get(id)} @ ${name}`, stock);
        }
      }
      const expected = new Map([...sumsOfFile()].filter(([, sum]) => sum !== 0));
      assert.deepEqual([...found].sort(), [...expected].sort());
    });
  });
}
