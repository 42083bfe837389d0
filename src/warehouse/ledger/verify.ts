/** Compares the registers with the documents that they are derived from: entry by entry, cell by cell, sum by sum. */
import type { Cell, Database, Row, Snapshot } from '../../database/database.ts';
import { kinds } from '../kinds/index.ts';
import type { Entry, PostingRule } from './entries.ts';

/** A row of a register that is not what it should be. */
export type Difference = { readonly account: number } & (
  | ({ readonly register: 'entry'; readonly problem: 'missing' | 'surplus' } & Entry)
  | ({ readonly register: 'balance'; readonly store: number } & Sum)
  | ({ readonly register: 'total' } & Sum)
);

interface Sum {
  readonly assortment: number;
  /** ×10^4: what the entries add up to. */
  readonly expected: number;
  /** ×10^4: what the register says; null where it has no row. */
  readonly found: number | null;
}

export interface Verification {
  /** Documents that there are, whether they count or not. */
  readonly documents: number;
  readonly entries: number;
  /** The first `DIFFERENCES_MAX`. */
  readonly differences: readonly Difference[];
  /** How many more there are. */
  readonly omitted: number;
}

/** Differences that are told one by one. */
export const DIFFERENCES_MAX = 10_000;
const BATCH_ROWS = 1_000;

/**
 * Rebuilds the registers of one account, or of all, from documents and positions and compares. The comparison runs
 * inside the database, which hands over differences only, so memory stays flat; each account is seen in one state.
 */
export async function verify(database: Database, account?: number): Promise<Verification> {
  await database.refreshStatistics();
  const accounts = account === undefined ? await accountsOf(database) : [account];
  const differences: Difference[] = [];
  let documents = 0;
  let entries = 0;
  let omitted = 0;
  for (const each of accounts) {
    await database.snapshot(async (snapshot) => {
      documents += await countRows(snapshot, 'document', each);
      entries += await countRows(snapshot, 'entry', each);
      for await (const difference of differencesOf(snapshot, each)) {
        if (differences.length < DIFFERENCES_MAX) differences.push(difference);
        else omitted++;
      }
    });
  }
  return { documents, entries, differences, omitted };
}

/** Accounts that have documents or rows in a register: each table is asked for the next account, not scanned. */
async function accountsOf(database: Database): Promise<number[]> {
  const tables = ['document', 'entry', 'balance', 'total'];
  const next = tables.map((table) => `(select min(account) from ${table} where account > $1)`);
  const text = `select min(account) as account from (${next.map((each) => `select ${each} as account`).join(' union all ')}) t`;
  const accounts: number[] = [];
  for (let last = 0; ; ) {
    const row = await database.read((queries) => queries.one<{ account: number | null }>(text, [last]));
    if (row === undefined || row.account === null) return accounts;
    last = row.account;
    accounts.push(last);
  }
}

async function countRows(snapshot: Snapshot, table: 'document' | 'entry', account: number): Promise<number> {
  const row = await snapshot.one<{ size: number }>(
    `select count(*) as size from ${table} where account = $1`,
    [account],
  );
  return row?.size ?? 0;
}

/** Every statement finds nothing in registers that are right. */
async function* differencesOf(snapshot: Snapshot, account: number): AsyncGenerator<Difference> {
  const found = async function* (text: string, make: (row: Row) => Difference) {
    for await (const batch of snapshot.batches({ text, params: [account] }, BATCH_ROWS)) {
      for (const row of batch) yield make(row);
    }
  };
  const postings = postingsOf();
  for (const posting of postings) {
    yield* found(missingEntries(posting), (row) => entryDifference(account, 'missing', row));
  }
  yield* found(surplusEntries(postings), (row) => entryDifference(account, 'surplus', row));
  for (const text of [WRONG_BALANCES, SURPLUS_BALANCES]) {
    yield* found(text, ([assortment, store, expected, quantity]) => ({
      account,
      register: 'balance',
      store: Number(store),
      ...sum(assortment, expected, quantity),
    }));
  }
  for (const text of [WRONG_TOTALS, SURPLUS_TOTALS]) {
    yield* found(text, ([assortment, expected, quantity]) => ({
      account,
      register: 'total',
      ...sum(assortment, expected, quantity),
    }));
  }
}

const sum = (assortment: Cell | undefined, expected: Cell | undefined, found: Cell | undefined): Sum => ({
  assortment: Number(assortment),
  expected: Number(expected),
  found: found === null ? null : Number(found),
});

function entryDifference(account: number, problem: 'missing' | 'surplus', row: Row): Difference {
  const [assortment = 0, store = 0, moment = 0, document = 0, position = 0, quantity = 0] = row.map(Number);
  return { account, register: 'entry', problem, assortment, store, moment, document, position, quantity };
}

/** A posting rule in SQL over `document d` and `position p`: the second telling of `entriesOf`, to compare with. */
interface Posting {
  readonly kind: string;
  readonly store: string;
  readonly quantity: string;
}

/** Which column of `document` holds the store of a rule. */
const STORE_COLUMNS: Readonly<Partial<Record<PostingRule['store'], string>>> = { store: 'd.store' };

function postingsOf(): readonly Posting[] {
  return [...kinds.values()].flatMap(({ type, posts }) =>
    posts.map((rule) => {
      const store = STORE_COLUMNS[rule.store];
      if (store === undefined) throw new Error(`no column holds the ${rule.store} of a ${type}`);
      return { kind: `'${type}'`, store, quantity: rule.sign === 1 ? 'p.quantity' : '-p.quantity' };
    }),
  );
}

const COUNTS = 'd.applicable = 1 and d.deleted is null';

/** Positions that count and have no entry. One look into the entries' primary key for each position. */
const missingEntries = ({ kind, store, quantity }: Posting): string => `
  select p.assortment, ${store}, d.moment, d.id, p.id, ${quantity}
  from document d join position p on p.account = d.account and p.document = d.id
  where d.account = $1 and d.kind = ${kind} and ${COUNTS} and ${store} is not null and not exists (
    select 1 from entry e where e.account = d.account and e.assortment = p.assortment and e.store = ${store}
      and e.moment = d.moment and e.document = d.id and e.position = p.id and e.quantity = ${quantity})`;

/** Entries that no position stands behind. Two looks by primary keys for each entry. */
const surplusEntries = (postings: readonly Posting[]): string => {
  const any = postings.map(
    ({ kind, store, quantity }) => `(d.kind = ${kind} and e.store = ${store} and e.quantity = ${quantity})`,
  );
  return `
  select e.assortment, e.store, e.moment, e.document, e.position, e.quantity
  from entry e where e.account = $1 and not exists (
    select 1 from document d join position p on p.account = d.account and p.document = d.id
    where d.account = e.account and d.id = e.document and p.id = e.position and ${COUNTS}
      and p.assortment = e.assortment and d.moment = e.moment and (${any.join(' or ')}))`;
};

/** Cells whose balance is not the sum of their entries; a missing row is one, whatever the sum. */
const WRONG_BALANCES = `
  select s.assortment, s.store, s.quantity, b.quantity
  from (select assortment, store, cast(sum(quantity) as bigint) as quantity from entry
    where account = $1 group by assortment, store) s
  left join balance b on b.account = $1 and b.assortment = s.assortment and b.store = s.store
  where b.quantity is null or b.quantity <> s.quantity`;

/** Cells that hold something without an entry; rows at zero are what goods that moved once leave. */
const SURPLUS_BALANCES = `
  select b.assortment, b.store, 0, b.quantity from balance b
  where b.account = $1 and b.quantity <> 0 and not exists (
    select 1 from entry e where e.account = b.account and e.assortment = b.assortment and e.store = b.store)`;

const WRONG_TOTALS = `
  select s.assortment, s.quantity, t.quantity
  from (select assortment, cast(sum(quantity) as bigint) as quantity from entry
    where account = $1 group by assortment) s
  left join total t on t.account = $1 and t.assortment = s.assortment
  where t.quantity is null or t.quantity <> s.quantity`;

const SURPLUS_TOTALS = `
  select t.assortment, 0, t.quantity from total t
  where t.account = $1 and t.quantity <> 0 and not exists (
    select 1 from entry e where e.account = t.account and e.assortment = t.assortment)`;
