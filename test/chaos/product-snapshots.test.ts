/**
 * Products, stores and documents change over HTTP all the time, while results are built and pages are read: each is
 * exactly one committed state (contract: E-24, E-25, E-11, L-10), and accounts are served in turn (E-22).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { seededNumbers } from '../../src/platform/seeded.ts';
import { engines } from '../support/engines.ts';
import type { HttpClient } from '../support/http.ts';
import { idOf, openSite, type Served, type ShownTask, type Site } from '../support/served.ts';
import { create, createHeld, downloaded, PAGES } from './known-stock.ts';
import { MovingBooks, type ReportRow } from './moving-books.ts';

/** Fifteen pieces of a megabyte. */
const SIZE = { products: 8_000, stores: 6 };
const SEED = 4711;
const RESULTS = 5;
/** Changes that are committed while a result stands still after its first piece. */
const CHANGES_MEANWHILE = 8;
const PAGE_ROWS = 100;

interface Scene {
  readonly site: Site;
  readonly served: Served;
  readonly client: HttpClient;
  readonly books: MovingBooks;
}

describe('while the books change', { concurrency: true }, () => {
  for (const engine of engines) {
    describe(`in ${engine.name}`, { concurrency: 1 }, () => {
      let scene: Scene;
      before(async () => {
        scene = await openScene(await openSite(engine));
      });
      after(() => scene.site[Symbol.asyncDispose]());

      it('a result is the state of its snapshot, with every store of that state', async () => {
        const { books } = scene;
        for (let count = 0; count < RESULTS; count++) {
          const before = books.sequence;
          const { task, rows } = await builtAcross(scene, async () => {
            for (let change = 0; change < CHANGES_MEANWHILE; change++) await books.change();
          });
          const { sequence } = task.result!.snapshot;
          assert.equal(sequence, before);
          assertRows(rows, books.rowsAt(sequence));
        }
      });

      it('a result and a page are one committed state each, wherever the changes fall', async () => {
        const { books, served, client } = scene;
        let isOver = false;
        const changing = until(
          () => isOver,
          () => books.change(),
        );
        const paging = until(
          () => isOver,
          () => assertPage(scene),
        );
        try {
          for (let count = 0; count < RESULTS; count++) {
            const from = books.sequence;
            const { task, text } = await downloaded(served, client, await create(client));
            const { sequence } = task.result!.snapshot;
            await books.settled();
            assert.ok(sequence >= from && sequence <= books.sequence);
            assertRows((JSON.parse(text) as Report).rows, books.rowsAt(sequence));
          }
        } finally {
          isOver = true;
        }
        const [changes, pages] = await Promise.all([changing, paging]);
        assert.ok(changes > RESULTS && pages > RESULTS, `${changes} changes, ${pages} pages`);
      });

      it('the task tells the stamp of its snapshot, and what came later is in the next result', async () => {
        const { books } = scene;
        const before = books.sequence;
        let received = { product: '', store: '' };
        const first = await builtAcross(scene, async () => {
          received = await books.receive(5);
        });
        const second = await builtAcross(scene, async () => {});
        const { snapshot } = first.task.result!;
        assert.deepEqual(snapshot, { sequence: before, moment: await stampOf(scene, before) });
        assert.ok((await stampOf(scene, before + 1)) >= snapshot.moment);
        assert.ok(String(first.task.finished) > snapshot.moment);
        assert.notEqual(second.task.id, first.task.id);
        assert.equal(stockIn(second.rows, received), stockIn(first.rows, received) + 5);
      });

      it('the report of a store and that of this second say what the whole one says', async () => {
        const { client, books } = scene;
        const { product, store } = await books.receive(0.25);
        const whole = books.rowsAt(books.sequence);
        const href = whole[0]!.stockByStore.find(({ meta }) => meta.href.includes(store))!.meta.href;
        const now = new Date().toISOString().slice(0, 19).replace('T', ' ');
        const ofStore = await pages(client, `;store=${href}`);
        const ofNow = await pages(client, `;moment=${encodeURIComponent(now)}`);
        assertRows(ofNow, whole);
        assert.equal(stockIn(ofStore, { product, store }), stockIn(whole, { product, store }));
        const narrowed = whole.map(({ meta, stockByStore }) => ({
          meta,
          stockByStore: stockByStore.filter((cell) => cell.meta.href === href),
        }));
        assertRows(ofStore, narrowed);
      });

      it('the task of another account is the next to start, however many wait before it', async () => {
        const { site, served, client } = scene;
        const created = await site.run(['account', 'create', 'Other', '--login', 'other@shop', '--json']);
        const other = served.client((JSON.parse(created.stdout) as { token: string }).token);
        const worker = await served.worker('exports');
        process.kill(worker, 'SIGSTOP');
        const own = [await create(client)];
        await served.program.saw('task.claimed', { task: own[0] });
        for (let count = 1; count < 4; count++) own.push(await create(client));
        const late = idOf(await other.get('/report/stock/bystore?async=true'));
        process.kill(worker, 'SIGCONT');
        const all = [own[0]!, late, ...own.slice(1)];
        for (const task of all) await served.program.saw('task.finished', { task });
        const claimed = served.program.all('task.claimed').map(({ task }) => String(task));
        assert.deepEqual(claimed.slice(-5), all);
      });
    });
  }
});

interface Report {
  readonly meta: { readonly size: number };
  readonly rows: readonly ReportRow[];
}

async function openScene(site: Site): Promise<Scene> {
  const size = { ...SIZE, movements: 2 * SIZE.products };
  const flags = Object.entries(size).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const made = await site.run(['demo', ...flags]);
  assert.equal(made.code, 0, made.stderr);
  const served = await site.serve({ flags: ['--workers', '1'] });
  const client = served.client(site.firstRun().token);
  const rows = await pages(client);
  assert.equal(rows.length, SIZE.products);
  const database = await site.database();
  const readSequence = async (): Promise<number> => {
    const last = await database.read((queries) =>
      queries.one<{ sequence: number }>('select max(sequence) as sequence from change'),
    );
    return last?.sequence ?? 0;
  };
  const books = await MovingBooks.open(client, rows, readSequence, seededNumbers(SEED));
  return { site, served, client, books };
}

/** Builds the report; after its first piece the worker stands still until `meanwhile` is over. */
async function builtAcross(
  { site, served, client }: Scene,
  meanwhile: () => Promise<void>,
): Promise<{ task: ShownTask; rows: readonly ReportRow[] }> {
  const { id, resume } = await createHeld(site, served, client);
  await meanwhile();
  assert.equal((await client.get(`/async/${id}`)).json<ShownTask>().state, 'PROCESSING');
  resume();
  const { task, text } = await downloaded(served, client, id);
  return { task, rows: (JSON.parse(text) as Report).rows };
}

/** Does it again and again until it is over; how often. */
async function until(isOver: () => boolean, act: () => Promise<void>): Promise<number> {
  let count = 0;
  for (; !isOver(); count++) await act();
  return count;
}

/** A page at either end of the report is that of a state that stood while it was asked for. */
async function assertPage({ client, books }: Scene): Promise<void> {
  const from = books.sequence;
  const offset = from % 2 === 0 ? 0 : SIZE.products - PAGE_ROWS;
  const reply = await client.get(`${PAGES}&limit=${PAGE_ROWS}&offset=${offset}`);
  assert.equal(reply.status, 200, reply.text);
  await books.settled();
  const to = books.sequence;
  const page = reply.json<Report>();
  const rows = JSON.stringify(page.rows);
  const isState = (sequence: number): boolean =>
    books.sizeAt(sequence) === page.meta.size &&
    JSON.stringify(books.rowsAt(sequence, offset, offset + PAGE_ROWS)) === rows;
  const states = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  assert.ok(states.some(isState), `the page from ${offset} is none of the states ${from} to ${to}`);
}

function assertRows(rows: readonly ReportRow[], expected: readonly ReportRow[]): void {
  // Texts are compared fast; where they differ, the difference is told.
  if (JSON.stringify(rows) !== JSON.stringify(expected)) assert.deepEqual(rows, expected);
}

async function pages(client: HttpClient, filter = ''): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  for (let size = 1; rows.length < size; ) {
    const page = (await client.get(`${PAGES}${filter}&limit=1000&offset=${rows.length}`)).json<Report>();
    rows.push(...page.rows);
    ({ size } = page.meta);
  }
  return rows;
}

function stockIn(rows: readonly ReportRow[], cell: { product: string; store: string }): number {
  const row = rows.find(({ meta }) => meta.href.includes(cell.product));
  return row!.stockByStore.find(({ meta }) => meta.href.includes(cell.store))!.stock;
}

/** When the change with this sequence was made, as the API writes it in UTC. */
async function stampOf({ site }: Scene, sequence: number): Promise<string> {
  const database = await site.database();
  const row = await database.read((queries) =>
    queries.one<{ stamp: number }>('select max(stamp) as stamp from change where sequence = $1', [sequence]),
  );
  return new Date(row!.stamp).toISOString().replace('T', ' ').replace('Z', '');
}
