/** Contract: How it is run, `waybill import orders`: interrupted, continued, run again, with lines that cannot be. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { type Engine, engines } from '../support/engines.ts';
import { type Program, within } from '../support/program.ts';
import { type Credentials, openSite, type Site } from '../support/served.ts';

const RETAIL = join(import.meta.dirname, '../data/online-retail-50000.csv.gz');
const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

interface Outcome {
  readonly lines: number;
  readonly rejectedLines: number;
  readonly rejectedFile: string | null;
  readonly documents: number;
  readonly positions: number;
  readonly knownDocuments: number;
  readonly grownDocuments: number;
  readonly interrupted: boolean;
}

async function openShop(
  engine: Engine,
): Promise<{ site: Site; importing: (file: string, ...more: string[]) => Program }> {
  const site = await openSite(engine);
  const made = await site.run(['account', 'create', 'Shop', '--login', 'a@b', '--json']);
  const { accountId } = JSON.parse(made.stdout) as Credentials;
  const importing = (file: string, ...more: string[]): Program =>
    site.start(['import', 'orders', file, '--account', accountId, ...more]);
  return { site, importing };
}

/** Writes a file beside the data folder. */
function file(site: Site, name: string, lines: readonly string[]): string {
  const path = join(dirname(site.data), name);
  const text = `${[HEADER, ...lines].join('\n')}\n`;
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

async function count(site: Site, table: 'document' | 'position'): Promise<number> {
  const database = await site.database();
  const row = await database.read((queries) =>
    queries.one<{ n: number }>(`select count(*) as n from ${table}`),
  );
  return row?.n ?? 0;
}

/** Begins to watch; what it gives resolves once documents are committed. */
async function firstDocuments(site: Site): Promise<() => Promise<void>> {
  const wakes = new EventEmitter();
  const end = await onCommits(site, () => wakes.emit('wake'));
  return async () => {
    // Asked for the next wake first: one that comes while the documents are counted must not be missed.
    for (let next = once(wakes, 'wake'); (await count(site, 'document')) === 0; next = once(wakes, 'wake')) {
      await within(next, 'documents');
    }
    await end();
  };
}

/** Calls back when something may have been committed: the embedded log grows, or a trigger tells. */
async function onCommits(site: Site, wake: () => void): Promise<() => Promise<void>> {
  if (site.engine === 'sqlite') {
    const watcher = watch(site.data, wake);
    return async () => watcher.close();
  }
  const client = new pg.Client(site.databaseUrl);
  await client.connect();
  await client.query(`create function told() returns trigger language plpgsql as $$
    begin notify imported; return null; end $$`);
  await client.query(
    'create trigger told after insert on document for each statement execute function told()',
  );
  await client.query('listen imported');
  client.on('notification', wake);
  return () => client.end();
}

/** Documents and positions that the table of the contract makes of the file, by a pass of our own. */
function expectedOf(path: string): { documents: number; positions: number } {
  const documents = new Set<string>();
  let positions = 0;
  const [, ...lines] = gunzipSync(readFileSync(path)).toString('utf8').split('\n');
  for (const line of lines.filter(Boolean)) {
    const cells = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) => cell);
    const [invoice = '', code = '', , quantity = '', , price = ''] = cells;
    if (Number(price) < 0 || Number(quantity) === 0 || code.trim() === '') continue;
    const kind = invoice.startsWith('C') ? 'salesreturn' : Number(quantity) > 0 ? 'demand' : 'loss';
    documents.add(`${kind} ${invoice}`);
    positions++;
  }
  return { documents: documents.size, positions };
}

for (const engine of engines) {
  describe(`waybill import orders into ${engine.name}`, () => {
    it('interrupted ends with 130, goes on where it was, and changes nothing a third time', async () => {
      const { site, importing } = await openShop(engine);
      await using _ = site;
      const path = join(dirname(site.data), 'orders.csv.gz');
      copyFileSync(RETAIL, path);
      const whole = expectedOf(path);
      const begun = await firstDocuments(site);
      const first = importing(path, '--json');
      await begun();
      const interrupted = await first.end('SIGINT');
      assert.deepEqual([interrupted.code, interrupted.signal], [130, null], interrupted.stderr);
      const partial = JSON.parse(interrupted.stdout) as Outcome;
      assert.equal(partial.interrupted, true);
      assert.ok(partial.documents > 0 && partial.documents < whole.documents);
      assert.equal(await count(site, 'document'), partial.documents);

      const rest = await importing(path, '--json').ended;
      assert.equal(rest.code, 0, rest.stderr);
      const second = JSON.parse(rest.stdout) as Outcome;
      assert.equal(second.interrupted, false);
      assert.equal(second.knownDocuments, partial.documents);
      assert.equal(second.documents + partial.documents, whole.documents);
      assert.equal(second.positions + partial.positions, whole.positions);

      const again = JSON.parse((await importing(path, '--json').ended).stdout) as Outcome;
      assert.deepEqual(
        [again.documents, again.positions, again.grownDocuments, again.knownDocuments],
        [0, 0, 0, whole.documents],
      );
      assert.deepEqual(
        [await count(site, 'document'), await count(site, 'position')],
        [whole.documents, whole.positions],
      );
      assert.equal((await site.run(['verify'])).code, 0);
    });

    it('killed, too, leaves whole documents and goes on', async () => {
      const { site, importing } = await openShop(engine);
      await using _ = site;
      const begun = await firstDocuments(site);
      const path = join(dirname(site.data), 'orders.csv.gz');
      copyFileSync(RETAIL, path);
      const first = importing(path);
      await begun();
      await first.end('SIGKILL');
      assert.equal((await site.run(['verify'])).code, 0);
      const { code, stderr } = await importing(path).ended;
      assert.equal(code, 0, stderr);
      const whole = expectedOf(path);
      assert.deepEqual(
        [await count(site, 'document'), await count(site, 'position')],
        [whole.documents, whole.positions],
      );
    });

    it('writes what cannot be beside the file, with line and reason, and takes the rest', async () => {
      const { site, importing } = await openShop(engine);
      await using _ = site;
      const path = file(site, 'orders.csv', [
        '1,A,Apple,2,2010-12-01 08:26:00,2.55,17850.0,France',
        '1,A,Apple,0,2010-12-01 08:26:00,2.55,17850.0,France',
        '1,A,Apple,2,2010-12-01 08:26:00,-2.55,17850.0,France',
        '1,  ,Apple,2,2010-12-01 08:26:00,2.55,17850.0,France',
        '1,A,Apple,many,2010-12-01 08:26:00,2.55,17850.0,France',
        '1,A,Apple,2,yesterday,2.55,17850.0,France',
        'C2,A,Apple,-1,2010-12-02 08:26:00,2.55,,France',
      ]);
      const { code, stdout, stderr } = await importing(path).ended;
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^7 lines read, 5 rejected \(.*orders\.csv\.rejected\.csv\)\n/);
      const [head, ...rejected] = readFileSync(`${path}.rejected.csv`, 'utf8').trim().split('\n');
      assert.equal(head, 'line,reason');
      assert.deepEqual(
        rejected.map((line) => Number(line.split(',', 1)[0])),
        [3, 4, 5, 6, 7],
      );
      assert.ok(rejected.every((line) => /^\d+,".{5,}"$/.test(line)));
      assert.deepEqual([await count(site, 'document'), await count(site, 'position')], [2, 2]);
    });

    it('takes columns by the names that they have, and a file that grew', async () => {
      const { site, importing } = await openShop(engine);
      await using _ = site;
      const path = file(site, 'orders.csv.gz', ['1,A,Apple,2,2010-12-01 08:26:00,2.55,,France']);
      const renamed = readFileSync(path);
      const text = gunzipSync(renamed).toString().replace('StockCode', 'sku');
      writeFileSync(path, gzipSync(text));
      const refused = await importing(path).ended;
      assert.deepEqual([refused.code, refused.stdout], [1, '']);
      assert.match(refused.stderr, /^.*orders\.csv\.gz: .*StockCode/);
      const taken = await importing(path, '--column', 'StockCode=sku', '--json').ended;
      assert.deepEqual([taken.code, (JSON.parse(taken.stdout) as Outcome).positions], [0, 1]);
      writeFileSync(path, gzipSync(`${text}1,B,Banana,1,2010-12-01 08:26:00,1,,France\n`));
      const grown = await importing(path, '--column', 'StockCode=sku', '--json').ended;
      const { documents, positions, grownDocuments, rejectedFile } = JSON.parse(grown.stdout) as Outcome;
      assert.deepEqual([documents, positions, grownDocuments, rejectedFile], [0, 1, 1, null]);
      assert.ok(!existsSync(`${path}.rejected.csv`));
    });
  });
}

describe('waybill import orders', () => {
  it('ends with 1 and one line where there is no such file, no such account, or no order lines', async () => {
    const { site, importing } = await openShop(engines[0]!);
    await using _ = site;
    const cut = join(dirname(site.data), 'cut.csv.gz');
    writeFileSync(cut, readFileSync(RETAIL).subarray(0, 10_000));
    const path = file(site, 'orders.csv', ['1,A,Apple,2,2010-12-01 08:26:00,2.55,,France']);
    const elsewhere = site.start(['import', 'orders', path, '--account', crypto.randomUUID()]);
    for (const [program, message] of [
      [importing(join(site.data, 'none.csv')), /^.*none\.csv: .*ENOENT/],
      [importing(site.data), /^.*data: /],
      [importing(cut), /^.*cut\.csv\.gz: /],
      [elsewhere, /^no account [0-9a-f-]{36}\n$/],
    ] as const) {
      const { code, stdout, stderr } = await program.ended;
      assert.deepEqual([code, stdout], [1, ''], stderr);
      assert.match(stderr, message);
      assert.equal(stderr.split('\n').length, 2, stderr);
    }
    assert.equal(await count(site, 'document'), 0);
  });
});
