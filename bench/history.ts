/** The balance of now must not read history: ten times the movements behind the same balances take no more time. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { type Bench, ratioFigure, takeTurns } from './bench.ts';
import { copyFolder } from './data-folders.ts';
import { page, timeExport, WHOLE_STOCK } from './exports.ts';
import { stockOf } from './sizes.ts';
import { serve } from './waybill.ts';

const HOUR_MS = 3_600_000;
/** Pairs of movements that are added to each one: with the first, eleven times as many. */
const PAIRS = 5;

export const history: Bench = {
  name: 'history',
  async run(setting) {
    const size = stockOf(setting);
    const short = await setting.folders.demo(size);
    const long = await setting.folders.made(`history-${size.products}x${size.stores}`, async (folder) => {
      await copyFolder(short, folder);
      lengthenHistory(`${folder}/waybill.db`);
    });
    await using shortServer = await serve(short);
    await using longServer = await serve(long);
    assert.deepEqual(await page(longServer, WHOLE_STOCK), await page(shortServer, WHOLE_STOCK));
    const rounds = await takeTurns(
      setting.rounds,
      () => timeExport(longServer),
      () => timeExport(shortServer),
    );
    const what = `export of ${size.products} × ${size.stores} with ${1 + 2 * PAIRS} × the movements, balance of now`;
    return [ratioFigure(what, 1.1, rounds, { product: 'long', baseline: 'short', unit: 'ms' })];
  },
};

/**
 * For each document a number of pairs an hour apart in the past: one that brings its goods in, one that writes the
 * same goods off. So balances and totals stay what they are, and the registers still agree with the documents.
 */
function lengthenHistory(path: string): void {
  const db = new DatabaseSync(path);
  db.exec('pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -262144; begin');
  const last = Number(db.prepare('select max(id) as id from document').get()!.id);
  for (let copy = 1; copy <= 2 * PAIRS; copy++) {
    const [kind, sign] = copy % 2 === 1 ? ['enter', 1] : ['loss', -1];
    const id = copy * last;
    const earlier = copy * HOUR_MS;
    db.exec(`
      insert into document (account, id, uuid, kind, name, name_folded, external_code, sync_id, created, updated,
          body, moment, applicable, deleted, organization, store, agent, sum, numbering)
        select account, id + ${id}, ${UUID}, '${kind}', name, name_folded, external_code, null, created, updated,
          body, moment - ${earlier}, applicable, deleted, organization, store, null, sum, numbering
        from document where id <= ${last};
      insert into position (account, document, id, uuid, assortment, quantity, price, body)
        select account, document + ${id}, id, ${UUID}, assortment, quantity, price, body
        from position where document <= ${last};
      insert into entry (account, assortment, store, moment, document, position, quantity)
        select account, assortment, store, moment - ${earlier}, document + ${id}, position, ${sign} * abs(quantity)
        from entry where document <= ${last};`);
  }
  db.exec('commit; pragma wal_checkpoint(truncate)');
  db.close();
}

/** Any 16 bytes: nobody looks at the version. */
const UUID = `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||
  substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`;
