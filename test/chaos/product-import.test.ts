/** An import of order lines as a guest beside a server that is at work (contract: O-14, with 50,000 lines). */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { FIRST_RUN_SIZE } from '../../src/warehouse/import/demo.ts';
import { engines } from '../support/engines.ts';
import type { HttpClient, Reply } from '../support/http.ts';
import { type Ended, within } from '../support/program.ts';
import { idOf, openSite, type Served, type ShownTask, type Site } from '../support/served.ts';
import { downloaded, PAGES, REPORT } from './known-stock.ts';

const ORDERS = 'online-retail-50000.csv.gz';
/** pino's number for `warn`: a busy or failing database is never told below it. */
const WARN = 40;
interface Outcome {
  readonly lines: number;
  readonly rejectedLines: number;
  readonly positions: number;
  readonly documents: number;
  readonly interrupted: boolean;
}

/** What clients did meanwhile. */
interface Meanwhile {
  readonly replies: Reply[];
  readonly tasks: ShownTask[];
  /** Products in each report, in the order of their creation. */
  readonly reportRows: number[];
  documents: number;
}

for (const engine of engines) {
  describe(`an import beside reports and documents in ${engine.name}`, () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'waybill-import-'));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it('costs no lease, no answer and no document', async () => {
      await using site = await openSite(engine);
      await using served = await site.serve();
      const { token, accountId } = site.firstRun();
      const client = served.client(token);
      const before = await documentsOf(client);
      // A copy: the rejected lines are written beside it.
      const file = join(folder, ORDERS);
      await copyFile(join(import.meta.dirname, '../data', ORDERS), file);
      const importing = site.start(['import', 'orders', file, '--account', accountId, '--json']);
      const { imported, meanwhile } = await workUntil(importing.ended, served, client);

      assert.deepEqual([imported.code, imported.stderr], [0, '']);
      const outcome = JSON.parse(imported.stdout) as Outcome;
      const lines =
        gunzipSync(await readFile(file))
          .toString()
          .trimEnd()
          .split('\n').length - 1;
      assert.deepEqual([outcome.lines, outcome.interrupted], [lines, false]);
      assert.equal(outcome.positions, lines - outcome.rejectedLines);
      assert.equal(await documentsOf(client), before + outcome.documents + meanwhile.documents);
      assertUndisturbed(served, meanwhile);
      await assertAgreed(site);
      const { code, stderr } = await served.program.end('SIGTERM');
      assert.equal(code, 0);
      assert.doesNotMatch(stderr, /SQLITE_BUSY|database is locked/);
    });
  });
}

/** Clients build reports and post enters, each one after another, until the import has ended. */
async function workUntil(
  ended: Promise<Ended>,
  served: Served,
  client: HttpClient,
): Promise<{ imported: Ended; meanwhile: Meanwhile }> {
  const meanwhile: Meanwhile = { replies: [], tasks: [], reportRows: [], documents: 0 };
  let isOver = false;
  const imported = ended.finally(() => {
    isOver = true;
  });
  const body = await enterBody(client);
  const report = async (): Promise<void> => {
    const created = await client.get(REPORT);
    meanwhile.replies.push(created);
    const { task, text } = await downloaded(served, client, idOf(created));
    meanwhile.tasks.push(task);
    meanwhile.reportRows.push((JSON.parse(text) as { rows: unknown[] }).rows.length);
  };
  const reports = async (): Promise<void> => {
    while (!isOver) await report();
    // A slow machine may have built only one by now, of the state before.
    await report();
  };
  const documents = async (): Promise<void> => {
    while (!isOver) {
      const posted = await client.post('/entity/enter', { body });
      meanwhile.replies.push(posted, await client.get(`${PAGES}&limit=1`));
      if (posted.status === 200) meanwhile.documents++;
    }
  };
  const [outcome] = await Promise.all([within(imported, 'the end of the import'), reports(), documents()]);
  return { imported: outcome, meanwhile };
}

async function enterBody(client: HttpClient): Promise<object> {
  const first = async (type: string): Promise<{ meta: object }> => {
    const { rows } = (await client.get(`/entity/${type}?limit=1`)).json<{ rows: { meta: object }[] }>();
    return { meta: rows[0]!.meta };
  };
  const [organization, store, assortment] = await Promise.all([
    first('organization'),
    first('store'),
    first('product'),
  ]);
  return { organization, store, positions: [{ assortment, quantity: 2.5, price: 100 }] };
}

async function documentsOf(client: HttpClient): Promise<number> {
  const sizes = ['enter', 'demand', 'salesreturn', 'loss'].map(async (type) => {
    const page = (await client.get(`/entity/${type}?limit=1`)).json<{ meta: { size: number } }>();
    return page.meta.size;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function assertUndisturbed({ program }: Served, { replies, tasks, reportRows, documents }: Meanwhile): void {
  const refused = replies.filter(({ status }) => status !== 200 && status !== 202);
  assert.deepEqual(
    refused.map(({ status, text }) => [status, text]),
    [],
  );
  assert.deepEqual(
    tasks.map(({ state, attempt }) => [state, attempt]),
    tasks.map(() => ['DONE', 1]),
  );
  // The import only ever adds products, and the last report sees them.
  assert.deepEqual(
    reportRows,
    reportRows.toSorted((a, b) => a - b),
  );
  assert.ok(reportRows.at(-1)! > FIRST_RUN_SIZE.products, String(reportRows));
  assert.deepEqual(program.all('task.lost'), []);
  assert.deepEqual(
    program.lines.filter(({ level }) => Number(level) >= WARN),
    [],
  );
  // How many there are depends on the machine: one of each began as the import did.
  assert.ok(tasks.length > 1 && documents > 0, `${tasks.length} reports, ${documents} documents`);
}

/** The registers are what the documents say. */
async function assertAgreed(site: Site): Promise<void> {
  const { code, stdout, stderr } = await site.run(['verify', '--json']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual((JSON.parse(stdout) as { differences: unknown[] }).differences, []);
}
