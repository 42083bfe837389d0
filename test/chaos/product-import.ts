/** An import beside a server that works: what `product-import.test.ts` and its soak share (contract: O-14). */
import assert from 'node:assert/strict';
import type { Engine } from '../support/engines.ts';
import type { HttpClient, Reply } from '../support/http.ts';
import { openSite, type Site, untilFinal } from '../support/served.ts';
import { assertNothingLeft, create } from './known-stock.ts';

/** How often each client was served while the import ran. */
export interface Meanwhile {
  readonly reports: number;
  readonly documents: number;
  readonly pages: number;
  readonly lines: number;
}

interface Listed {
  readonly rows: readonly { readonly meta: object }[];
}

/**
 * Imports a file into the demo account by the real command, a guest beside the server, while clients of that account
 * build reports, post documents and read pages without a pause: nobody may see a failure, no lease may be lost, and
 * the books must be right afterwards.
 */
export async function importBeside(engine: Engine, file: string): Promise<Meanwhile> {
  await using site = await openSite(engine);
  await using served = await site.serve();
  const { token, accountId } = site.firstRun();
  const client = served.client(token);
  const before = await documentsOf(site);
  const importing = site.start(['import', 'orders', file, '--account', accountId, '--json']);
  let isOver = false;
  const over = importing.ended.finally(() => {
    isOver = true;
  });
  const until = async (act: () => Promise<void>): Promise<number> => {
    let count = 0;
    for (; !isOver; count++) await act();
    return count;
  };
  const body = await enterBody(client);
  const [ended, reports, documents, pages] = await Promise.all([
    over,
    until(() => report(client)),
    until(async () => ok(await client.post('/entity/enter', { body }))),
    until(async () => ok(await client.get('/report/stock/bystore?limit=100'))),
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  const outcome = JSON.parse(ended.stdout) as { documents: number; lines: number };
  await report(client);
  assert.equal(await documentsOf(site), before + outcome.documents + documents);

  const { program } = served;
  assert.deepEqual([...program.all('task.lost'), ...program.all('task.released')], []);
  const failures = program.lines.filter(({ level }) => Number(level) >= 50);
  assert.deepEqual(failures, []);
  const { stderr } = await program.end('SIGTERM');
  for (const text of [stderr, ended.stderr]) assert.doesNotMatch(text, /SQLITE_BUSY|is locked|40P01|40001/);
  await assertNothingLeft(site);
  const verified = await site.run(['verify']);
  assert.equal(verified.code, 0, verified.stdout);
  return { reports, documents, pages, lines: outcome.lines };
}

/** Builds one whole report in the first attempt. */
async function report(client: HttpClient): Promise<void> {
  const task = await untilFinal(client, await create(client));
  assert.deepEqual([task.state, task.attempt], ['DONE', 1]);
}

function ok(reply: Reply): void {
  assert.equal(reply.status, 200, reply.text);
}

async function enterBody(client: HttpClient): Promise<object> {
  const firstOf = async (type: string): Promise<object> => {
    const { rows } = (await client.get(`/entity/${type}?limit=1`)).json<Listed>();
    return { meta: rows[0]!.meta };
  };
  return {
    organization: await firstOf('organization'),
    store: await firstOf('store'),
    positions: [{ quantity: 1, price: 100, assortment: await firstOf('product') }],
  };
}

async function documentsOf(site: Site): Promise<number> {
  const database = await site.database();
  const row = await database.read((queries) =>
    queries.one<{ n: number }>('select count(*) as n from document'),
  );
  return row?.n ?? 0;
}
