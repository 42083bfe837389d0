/** The export against what one would type: sqlite3 that makes the JSON, piped to gzip. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { type Bench, type Line, type Setting, speedFigure, takeTurns } from './bench.ts';
import { timeExport } from './exports.ts';
import { stockOf } from './sizes.ts';
import { serve } from './waybill.ts';

const ACCOUNT = 1;
const run = promisify(execFile);

export const exportAgainstSqlite3: Bench = {
  name: 'export-against-sqlite3',
  run: async (setting) => [await compare(setting)],
};

async function compare(setting: Setting): Promise<Line> {
  const size = stockOf(setting);
  const what = `export of ${size.products} × ${size.stores} against sqlite3 | gzip -1`;
  if (!(await hasSqlite3())) return { what, reason: 'no sqlite3 command (Debian: apt-get install sqlite3)' };
  const folder = await setting.folders.demo(size);
  await using server = await serve(folder);
  const script = setting.folders.file('stock.sql');
  const target = setting.folders.file('sqlite3.json.gz');
  await writeFile(script, queryText(server.url));
  const pipe = async (): Promise<number> => {
    const startedAt = performance.now();
    await run('sh', [
      '-c',
      'sqlite3 -readonly "$0" < "$1" | gzip -1 > "$2"',
      `${folder}/waybill.db`,
      script,
      target,
    ]);
    return performance.now() - startedAt;
  };
  await pipe();
  await assertRows(target, size.products);
  const rounds = await takeTurns(setting.rounds, () => timeExport(server), pipe);
  return speedFigure(what, 1.8, rounds, { product: 'export', baseline: 'sqlite3', unit: 'ms' });
}

async function hasSqlite3(): Promise<boolean> {
  return run('sqlite3', ['-version']).then(
    () => true,
    () => false,
  );
}

/**
 * The same rows, a line each. A subquery for each product's cells: as one join with `group by` it takes 1.5 times as
 * long.
 */
const queryText = (base: string): string => `
pragma cache_size = -65536;
select json_object(
  'meta', ${metaText(base, 'product', `a.uuid || '?expand=supplier'`)},
  'stockByStore', (
    select json_group_array(json_object(
      'meta', ${metaText(base, 'store', 's.uuid')}, 'name', s.name,
      'stock', iif(coalesce(b.quantity, 0) % 10000 = 0, coalesce(b.quantity, 0) / 10000, b.quantity / 10000.0),
      'reserve', 0, 'inTransit', 0))
    from (select id, uuid, name from entity
      where account = ${ACCOUNT} and kind = 'store' and archived = 0 order by name, id) s
    left join balance b on b.account = ${ACCOUNT} and b.assortment = a.id and b.store = s.id))
from assortment a where a.account = ${ACCOUNT} and a.archived = 0 order by a.path_name, a.name, a.id;
`;

const metaText = (base: string, type: string, id: string): string =>
  `json_object('href', '${base}/entity/${type}/' || ${id}, 'metadataHref', '${base}/entity/${type}/metadata',
    'type', '${type}', 'mediaType', 'application/json')`;

/** A query that says less would be no comparison. */
async function assertRows(path: string, expected: number): Promise<void> {
  let rows = 0;
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    if (rows++ === 0) JSON.parse(line);
  }
  if (rows !== expected) throw new Error(`sqlite3 made ${rows} rows, not ${expected}`);
}
