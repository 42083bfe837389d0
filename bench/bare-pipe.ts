/**
 * The bare pipe on SQLite, the fastest way we know to make the report's file: a cursor over the products in the
 * report's order, a prepared read of each one's balances as arrays, bytes into one buffer, gzip, file. One process,
 * one thread, no server, no queue, no digest, nothing made durable.
 *
 *     node bench/bare-pipe.ts DATABASE BASE TARGET     (one round per message of the parent)
 */
import { DatabaseSync } from 'node:sqlite';
import { answerRounds } from './answer-rounds.ts';
import { GzipFile } from './gzip-file.ts';
import { StockBytes, type StoreOfReport } from './stock-bytes.ts';

const ACCOUNT = 1;
const [database = '', base = '', target = ''] = process.argv.slice(2);

answerRounds(() => {
  const db = new DatabaseSync(database, { readOnly: true, returnArrays: true });
  db.exec('pragma cache_size = -65536; begin');
  try {
    return writeReport(db);
  } finally {
    db.close();
  }
});

function writeReport(db: DatabaseSync): number {
  const read = (text: string): unknown[][] => db.prepare(text).all(ACCOUNT) as unknown as unknown[][];
  const stores = read(
    `select id, uuid, name from entity where account = ? and kind = 'store' and archived = 0 order by name, id`,
  ).map(([id, uuid, name]) => ({ id, uuid, name }) as StoreOfReport);
  const size = read(`select count(*) from assortment where account = ? and archived = 0`)[0]![0];
  const places: number[] = [];
  stores.forEach(({ id }, index) => {
    places[id] = index;
  });
  const file = new GzipFile(target);
  const bytes = new StockBytes(base, stores, (piece) => file.write(piece));
  bytes.begin({ meta: { size } });
  const quantities = new Float64Array(stores.length);
  const balances = db.prepare('select store, quantity from balance where account = ? and assortment = ?');
  const products = db
    .prepare(
      'select id, uuid from assortment where account = ? and archived = 0 order by path_name, name, id',
    )
    .iterate(ACCOUNT) as unknown as Iterable<[number, string]>;
  for (const [id, uuid] of products) {
    quantities.fill(0);
    for (const [store, quantity] of balances.all(ACCOUNT, id) as unknown as [number, number][])
      quantities[places[store]!] = quantity;
    bytes.row(uuid, quantities);
  }
  const rows = bytes.end();
  file.end();
  return rows;
}
