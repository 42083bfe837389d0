/** The whole exchange, from the 202 to `finished`, against the bare pipe that makes the same file, on both engines. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import pg from 'pg';
import { startCluster } from '../test/support/postgres.ts';
import { type Baseline, startBaseline } from './baseline.ts';
import { type Bench, type Figure, ratioFigure, type Setting, takeTurns } from './bench.ts';
import { makeDemo } from './data-folders.ts';
import { exportRows, rowsDigest, timeExport } from './exports.ts';
import { stockOf } from './sizes.ts';
import { type Server, serve } from './waybill.ts';

export const exportAgainstPipe: Bench = {
  name: 'export-against-pipe',
  run: async (setting) => [await onSqlite(setting)],
};

export const exportAgainstPipePostgres: Bench = {
  name: 'export-against-pipe-postgres',
  run: async (setting) => [await onPostgres(setting)],
};

async function onSqlite(setting: Setting): Promise<Figure> {
  const { folders } = setting;
  const folder = await folders.demo(stockOf(setting));
  await using server = await serve(folder);
  const target = folders.file('bare-pipe.json.gz');
  using pipe = startBaseline('bare-pipe.ts', `${folder}/waybill.db`, server.url, target);
  // Awaited here: what is in use must outlive it.
  return await compare(setting, { server, pipe, target, atMost: 1.3, engine: 'SQLite' });
}

async function onPostgres(setting: Setting): Promise<Figure> {
  const { folders, say } = setting;
  const cluster = await startCluster();
  try {
    const folder = await folders.fresh('postgres');
    say('making the demo account in PostgreSQL');
    await makeDemo(stockOf(setting), '--data', folder, '--database', cluster.url);
    await vacuum(cluster.url);
    await using server = await serve(folder, '--database', cluster.url);
    const target = folders.file('bare-pipe-postgres.json.gz');
    using pipe = startBaseline('bare-pipe-postgres.ts', cluster.url, server.url, target);
    return await compare(setting, { server, pipe, target, atMost: 1.5, engine: 'PostgreSQL' });
  } finally {
    await cluster.stop();
  }
}

interface Pair {
  readonly server: Server;
  readonly pipe: Baseline;
  /** The pipe's file. */
  readonly target: string;
  readonly atMost: number;
  readonly engine: string;
}

async function compare(setting: Setting, { server, pipe, target, atMost, engine }: Pair): Promise<Figure> {
  const { products, stores } = stockOf(setting);
  await pipe.round(products);
  const ours = await exportRows(server);
  const theirs = await rowsDigest(createReadStream(target).pipe(createGunzip()));
  if (ours !== theirs) throw new Error(`the rows of the export and of the pipe differ on ${engine}`);
  const rounds = await takeTurns(
    setting.rounds,
    () => timeExport(server),
    () => pipe.round(products),
  );
  return ratioFigure(`export of ${products} × ${stores} against the bare pipe, ${engine}`, atMost, rounds, {
    product: 'export',
    baseline: 'pipe',
    unit: 'ms',
  });
}

/** What autovacuum would have done before long: both sides read the same tables afterwards. */
async function vacuum(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('vacuum analyze');
  await client.end();
}
