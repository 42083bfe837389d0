/** A store full of demo data whose one report is known: what every rebuilt result of it must be, byte by byte. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import type { Database } from '../../src/database/database.ts';
import type { Engine } from '../support/engines.ts';
import type { HttpClient } from '../support/http.ts';
import { isRunning } from '../support/leftovers.ts';
import { ResultFolder } from '../support/result-folder.ts';
import { idOf, openSite, type Served, type ShownTask, type Site } from '../support/served.ts';

export const PAGES = '/report/stock/bystore?filter=stockMode=all';
export const REPORT = `${PAGES}&async=true`;

export interface StockSize {
  readonly products: number;
  readonly stores: number;
}

/** The report of a store at rest. */
export interface Known {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Stock extends AsyncDisposable {
  readonly site: Site;
  readonly token: string;
  readonly known: Known;
  /** The tasks that were found to be DONE. */
  readonly done: Set<string>;
  /** Starts `waybill serve` with the flags that the stock was opened with. */
  serve(): Promise<Served>;
}

interface Row {
  readonly meta: { readonly href: string };
  readonly stockByStore: readonly { readonly meta: { readonly href: string }; readonly stock: number }[];
}

const E4 = 10_000;
const PAGE_ROWS = 1_000;
const HOLD_TRIES_MAX = 10;
/** RFC 1952: a header without optional fields, a trailer of checksum and size. */
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;

/** Makes the data and builds the report once without disturbance, held against pages and documents. */
export async function openStock(
  engine: Engine,
  { products, stores }: StockSize,
  flags: readonly string[] = [],
): Promise<Stock> {
  const site = await openSite(engine);
  try {
    const size = ['--products', products, '--stores', stores, '--movements', 2 * products].map(String);
    const made = await site.run(['demo', ...size]);
    assert.equal(made.code, 0, made.stderr);
    const { token } = site.firstRun();
    await using served = await site.serve();
    const client = served.client(token);
    const { task, text } = await downloaded(served, client, await create(client));
    const { rows } = JSON.parse(text) as { readonly rows: readonly Row[] };
    assert.equal(rows.length, products);
    assert.ok(rows.every(({ stockByStore }) => stockByStore.length === stores));
    assert.deepEqual(await pagedRows(client, products), rows);
    assert.deepEqual(cellsOf(rows), await cellsOfDocuments(await site.database()));
    await served.program.end('SIGTERM');
    const known = { rows: products, bytes: Buffer.byteLength(text), sha256: task.result?.sha256 ?? '' };
    return {
      site,
      token,
      known,
      done: new Set(),
      serve: () => site.serve({ flags }),
      [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
    };
  } catch (error) {
    await site[Symbol.asyncDispose]();
    throw error;
  }
}

/** Creates the report's task; its id. */
export const create = async (client: HttpClient): Promise<string> => idOf(await client.get(REPORT));

/**
 * Creates a task and lets its worker stand still after the first piece of the file. Where the file was whole before
 * that, another task is tried.
 */
export async function createHeld(
  { results }: Site,
  served: Served,
  client: HttpClient,
): Promise<{ readonly id: string; readonly resume: () => void }> {
  using files = new ResultFolder(results);
  const worker = await served.worker('exports');
  for (let tries = 0; tries < HOLD_TRIES_MAX; tries++) {
    const id = await create(client);
    await files.wrote(`${id}-1`);
    process.kill(worker, 'SIGSTOP');
    if (!files.names().includes(`${id}-1.index`)) return { id, resume: () => resume(worker) };
    resume(worker);
    await served.program.saw('task.finished', { task: id });
  }
  throw new Error(`${HOLD_TRIES_MAX} files were whole before their worker stood still`);
}

/** Lets a worker go on; one that its parent has killed meanwhile needs it no more. */
export function resume(worker: number): void {
  if (isRunning(worker)) process.kill(worker, 'SIGCONT');
}

/** What the task says and gives once it is finished. */
export async function downloaded(
  served: Served,
  client: HttpClient,
  id: string,
): Promise<{ task: ShownTask; text: string }> {
  const task = await finished(served, client, id);
  assert.equal(task.state, 'DONE', JSON.stringify(task));
  const result = task.result!;
  const redirect = await client.get(`/async/${id}/result`);
  assert.equal(redirect.status, 302);
  const file = await client.get(served.at(String(redirect.headers.location)), {
    headers: { 'Accept-Encoding': 'gzip' },
  });
  assert.equal(file.status, 200);
  assert.equal(file.headers['content-encoding'], 'gzip');
  const plain = onlyMember(file.bytes);
  assert.equal(plain.length, result.bytes);
  assert.equal(sha256(plain).toString('hex'), result.sha256);
  assert.equal(file.headers['repr-digest'], `sha-256=:${sha256(file.bytes).toString('base64')}:`);
  const { rows } = result;
  assert.deepEqual(task.progress, { rows, total: rows, percent: 100 });
  return { task, text: plain.toString() };
}

/** The task at its end: asked once, since a server before this one may have ended it; then by the log. */
async function finished({ program }: Served, client: HttpClient, id: string): Promise<ShownTask> {
  const ask = async (): Promise<ShownTask> => (await client.get(`/async/${id}`)).json<ShownTask>();
  const task = await ask();
  if (task.state !== 'PENDING' && task.state !== 'PROCESSING') return task;
  await program.saw('task.finished', { task: id });
  return ask();
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** What a reader of the first gzip member alone gets, where there is no other. */
function onlyMember(bytes: Buffer): Buffer {
  assert.deepEqual([...bytes.subarray(0, 4)], [0x1f, 0x8b, 8, 0]);
  const deflated = bytes.subarray(HEADER_BYTES, -TRAILER_BYTES);
  // Without its last byte it is unfinished: the stream ends right before the trailer.
  assert.throws(() => inflateRawSync(deflated.subarray(0, -1)), { code: 'Z_BUF_ERROR' });
  return inflateRawSync(deflated);
}

async function pagedRows(client: HttpClient, products: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (let offset = 0; offset < products; offset += PAGE_ROWS) {
    const page = await client.get(`${PAGES}&limit=${PAGE_ROWS}&offset=${offset}`);
    rows.push(...page.json<{ readonly rows: readonly Row[] }>().rows);
  }
  return rows;
}

/** Stock by product and store where it is not nothing. */
function cellsOf(rows: readonly Row[]): Map<string, number> {
  const cells = new Map<string, number>();
  const uuid = (href: string): string => /[0-9a-f-]{36}/.exec(href)?.[0] ?? '';
  for (const { meta, stockByStore } of rows) {
    for (const { meta: store, stock } of stockByStore) {
      if (stock !== 0) cells.set(`${uuid(meta.href)} @ ${uuid(store.href)}`, stock);
    }
  }
  return new Map([...cells].sort());
}

/** The same from the documents, without the registers. */
async function cellsOfDocuments(database: Database): Promise<Map<string, number>> {
  const rows = await database.read((queries) =>
    queries.all<{ product: string; store: string; quantity: number }>(
      `select a.uuid as product, s.uuid as store,
          cast(sum(case when d.kind in ('enter', 'salesreturn') then p.quantity else -p.quantity end) as bigint)
            as quantity
        from document d join position p on p.account = d.account and p.document = d.id
          join assortment a on a.account = p.account and a.id = p.assortment
          join entity s on s.account = d.account and s.id = d.store
        group by a.uuid, s.uuid`,
    ),
  );
  const cells = rows
    .filter(({ quantity }) => quantity !== 0)
    .map(({ product, store, quantity }) => [`${product} @ ${store}`, quantity / E4] as const);
  return new Map([...cells].sort());
}

/** The task is DONE with exactly the known report. */
export async function assertDone(
  served: Served,
  { token, known, done }: Stock,
  id: string,
): Promise<ShownTask> {
  const { task } = await downloaded(served, served.client(token), id);
  const { rows, bytes, sha256: digest } = task.result!;
  assert.deepEqual({ rows, bytes, sha256: digest }, known);
  done.add(id);
  return task;
}

/** In the folder lies what DONE tasks stand for and nothing else. */
export async function assertNothingLeft(site: Site): Promise<void> {
  const database = await site.database();
  const named = await database.read((queries) =>
    queries.all<{ name: string }>('select name from result where swept = 0'),
  );
  const expected = named.flatMap(({ name }) => [name, `${name}.index`]).sort();
  assert.deepEqual(readdirSync(site.results).sort(), expected);
}

/** Four creations are taken and the fifth is not: the queue counts right. Returns the tasks' ids. */
export async function assertFourPlaces(client: HttpClient): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < 4; count++) ids.push(await create(client));
  const fifth = await client.get(REPORT);
  assert.equal(fifth.status, 429);
  assert.equal(fifth.json<{ errors: { code: number }[] }>().errors[0]?.code, 61002);
  return ids;
}
