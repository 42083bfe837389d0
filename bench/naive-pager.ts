/**
 * What a developer writes when the API has pages only: `limit` and `offset` over the same tables, the default filter
 * (products whose total is not zero), and `size` counted for each page. Pages are built as objects, written with
 * `JSON.stringify` and compressed, as a server would answer them; there is no HTTP between.
 *
 *     node bench/naive-pager.ts DATABASE BASE     (one round per message of the parent)
 */
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { answerRounds } from './answer-rounds.ts';

const ACCOUNT = 1;
const PAGE_ROWS = 1000;
const QUANTITY_SCALE = 10_000;
const [database = '', base = ''] = process.argv.slice(2);

/** Products that are not empty, by the register of totals. */
const NOT_EMPTY = `from assortment a join total t on t.account = a.account and t.assortment = a.id
  where a.account = ? and a.archived = 0 and t.quantity <> 0`;

answerRounds(() => {
  const db = new DatabaseSync(database, { readOnly: true });
  db.exec('pragma cache_size = -65536');
  try {
    return readAllPages(db);
  } finally {
    db.close();
  }
});

function readAllPages(db: DatabaseSync): number {
  const count = db.prepare(`select count(*) as size ${NOT_EMPTY}`);
  const page = db.prepare(
    `select a.id, a.uuid ${NOT_EMPTY} order by a.path_name, a.name, a.id limit ${PAGE_ROWS} offset ?`,
  );
  const cells = db.prepare(
    `select s.uuid, s.name, coalesce(b.quantity, 0) as quantity
      from entity s left join balance b on b.account = s.account and b.assortment = ? and b.store = s.id
      where s.account = ? and s.kind = 'store' and s.archived = 0 order by s.name, s.id`,
  );
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const size = Number(count.get(ACCOUNT)?.size);
    if (offset >= size) return size;
    const rows = page.all(ACCOUNT, offset).map(({ id, uuid }) => ({
      meta: metaOf('product', `${String(uuid)}?expand=supplier`),
      stockByStore: cells.all(id!, ACCOUNT).map((cell) => ({
        meta: metaOf('store', String(cell.uuid)),
        name: cell.name,
        stock: Number(cell.quantity) / QUANTITY_SCALE,
        reserve: 0,
        inTransit: 0,
      })),
    }));
    gzipSync(JSON.stringify({ meta: { size, limit: PAGE_ROWS, offset }, rows }), { level: 1 });
  }
}

const metaOf = (type: string, id: string): object => ({
  href: `${base}/entity/${type}/${id}`,
  metadataHref: `${base}/entity/${type}/metadata`,
  type,
  mediaType: 'application/json',
});
