/**
 * Bare inserts: exactly the rows of all tables that an import has left, into an empty file with the same tables,
 * indexes and pragmas, by prepared statements, in transactions of the same size. Nothing is read, looked up, summed
 * up or checked; reading the rows into memory is not timed.
 *
 *     node bench/bare-inserts.ts DATABASE TARGET     (one round per message of the parent)
 */
import { rmSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { answerRounds } from './answer-rounds.ts';

/** As the import has it. */
const POSITIONS_A_TRANSACTION = 10_000;
const PRAGMAS = `pragma journal_mode = wal; pragma synchronous = full; pragma mmap_size = 0;
  pragma temp_store = memory; pragma cache_size = -65536;`;
const [database = '', target = ''] = process.argv.slice(2);

type Row = readonly SQLInputValue[];
/** What one transaction writes: rows by table. */
type Transaction = ReadonlyMap<string, readonly Row[]>;

const source = new DatabaseSync(database, { readOnly: true, returnArrays: true });
const read = (text: string): Row[] => source.prepare(text).all() as unknown as Row[];
const schema = read(`select sql || ';' from sqlite_master where sql is not null`).map(String);
const tables = read(`select name from sqlite_master where type = 'table' and sql is not null`).map(String);
const transactions = [...registers(), ...documents()];
source.close();

answerRounds(insertAll, prepareTarget);

function prepareTarget(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${target}${suffix}`, { force: true });
  const db = new DatabaseSync(target);
  db.exec(PRAGMAS);
  db.exec(schema.join(''));
  db.close();
}

/** The number of rows. */
function insertAll(): number {
  const db = new DatabaseSync(target);
  db.exec(PRAGMAS);
  const inserts = new Map(
    tables.map((table) => {
      const { length } = db.prepare(`select * from "${table}" limit 0`).columns();
      return [table, db.prepare(`insert into "${table}" values (${Array(length).fill('?').join(', ')})`)];
    }),
  );
  let inserted = 0;
  for (const transaction of transactions) {
    db.exec('begin immediate');
    for (const [table, rows] of transaction) {
      const insert = inserts.get(table)!;
      for (const row of rows) insert.run(...row);
      inserted += rows.length;
    }
    db.exec('commit');
  }
  db.close();
  return inserted;
}

/** Everything but documents and what belongs to each of them. */
function* registers(): Generator<Transaction> {
  for (const table of tables.filter((name) => !['document', 'position', 'entry'].includes(name))) {
    const rows = read(`select * from "${table}"`);
    for (let at = 0; at < rows.length; at += POSITIONS_A_TRANSACTION)
      yield new Map([[table, rows.slice(at, at + POSITIONS_A_TRANSACTION)]]);
  }
}

/** Documents in the order in which they came, with their positions and entries; each table's rows by its key. */
function* documents(): Generator<Transaction> {
  const groups = new Map<number, number>();
  let [group, positions] = [0, 0];
  for (const [document, count] of read('select document, count(*) from position group by document')) {
    positions += Number(count);
    if (positions > POSITIONS_A_TRANSACTION) [group, positions] = [group + 1, Number(count)];
    groups.set(Number(document), group);
  }
  const made = Array.from({ length: group + 1 }, () => new Map<string, Row[]>());
  for (const [table, key] of [
    ['document', 'id'],
    ['position', 'document'],
    ['entry', 'document'],
  ] as const) {
    const at = columnsOf(table).indexOf(key);
    for (const row of read(`select * from ${table}`)) {
      const ofGroup = made[groups.get(Number(row[at])) ?? 0]!;
      const rows = ofGroup.get(table) ?? [];
      rows.push(row);
      ofGroup.set(table, rows);
    }
  }
  yield* made;
}

function columnsOf(table: string): string[] {
  return source
    .prepare(`select * from ${table} limit 0`)
    .columns()
    .map(({ name }) => name);
}
