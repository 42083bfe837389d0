/** `waybill import orders` of a whole file against bare inserts of the rows that it leaves. */
import { execFile } from 'node:child_process';
import { rm, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { type Baseline, startBaseline } from './baseline.ts';
import { type Bench, type Line, type Round, ratioFigure, type Setting, takeTurns } from './bench.ts';
import { waybill } from './waybill.ts';

const AT_MOST = 2;
const WHAT = 'import of the retail file against bare inserts of all its rows';

export const importOrders: Bench = { name: 'import', run: measure };

async function measure(setting: Setting): Promise<readonly Line[]> {
  const { retail, folders } = setting;
  if (retail === undefined) return [{ what: WHAT, reason: 'no file: --retail FILE' }];
  // The import writes the rejected lines beside the file.
  const file = join(await folders.fresh('retail'), basename(retail));
  await symlink(resolve(retail), file);
  const folder = folders.file('imported');
  await importInto(folder, file);
  const database = join(folder, 'waybill.db');
  const rows = countRows(database);
  const kept = folders.file('imported.db');
  await copyDatabase(database, kept);
  using inserts = startBaseline('bare-inserts.ts', kept, folders.file('inserted.db'));
  // Awaited here: what is in use must outlive it.
  return await compare(setting, { folder, file, inserts, rows });
}

interface Import {
  readonly folder: string;
  readonly file: string;
  readonly inserts: Baseline;
  readonly rows: number;
}

async function compare(setting: Setting, { folder, file, inserts, rows }: Import): Promise<readonly Line[]> {
  const readMs: number[] = [];
  const whole = await takeTurns(
    setting.rounds,
    async () => {
      readMs.push(await timeReading(file));
      return importInto(folder, file);
    },
    () => inserts.round(rows),
  );
  const labels = { product: 'import', baseline: `inserts of ${rows} rows`, unit: 'ms' };
  // The first reading belongs to the warm-up.
  const written: Round[] = whole.map(({ product, baseline }, round) => ({
    product: product - readMs[round + 1]!,
    baseline,
  }));
  return [
    ratioFigure(`${WHAT}, the whole command`, AT_MOST, whole, labels),
    ratioFigure(`${WHAT}, without reading the CSV`, AT_MOST, written, labels),
  ];
}

/** Into an empty store; ms of the command, its start included. */
async function importInto(folder: string, file: string): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  const account = ['account', 'create', 'Retail', '--login', 'admin@retail', '--json', '--data', folder];
  const { accountId } = JSON.parse(await waybill(...account)) as { accountId: string };
  const startedAt = performance.now();
  await waybill('import', 'orders', file, '--account', accountId, '--json', '--data', folder);
  return performance.now() - startedAt;
}

async function timeReading(file: string): Promise<number> {
  const program = join(import.meta.dirname, 'read-orders.ts');
  return Number((await promisify(execFile)(process.execPath, [program, file])).stdout);
}

function countRows(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  const tables = db.prepare(`select name from sqlite_master where type = 'table' and sql is not null`).all();
  const counts = tables.map(({ name }) =>
    Number(db.prepare(`select count(*) as rows from "${String(name)}"`).get()!.rows),
  );
  db.close();
  return counts.reduce((sum, count) => sum + count, 0);
}

async function copyDatabase(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  const db = new DatabaseSync(from);
  db.exec(`vacuum into '${to}'`);
  db.close();
}
