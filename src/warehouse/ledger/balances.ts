/**
 * Stock per assortment and store as of a moment. The same numbers can be read in three ways; which one is cheapest
 * depends on how many entries lie later:
 * - none: the register as it stands (now, mostly);
 * - some: the register less those entries (documents dated in the future, or a moment shortly ago);
 * - many: the sum of the history up to the moment, from the covering index.
 */
import type { Cell, Children, Queries } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';

/**
 * More entries than this are not taken off the register. Measured on 100,000 × 10 with 3,000,000 entries, SQLite:
 * the register alone in 560 ms, less 100,000 later entries in 700, the history in 1,150. It also bounds the memory
 * that they take: about 10 MB.
 */
const LATER_ENTRIES_MAX = 100_000;

export interface StockQuestion {
  readonly account: AccountKey;
  /** ms, inclusive. */
  readonly moment: number;
  /** Only these stores, by their keys, ascending; all where absent. */
  readonly stores?: readonly number[];
}

/** Makes a parameter of a value and answers how to write it: `$3`. */
export type BindParameter = (value: Cell) => string;

/** SQL for the total over the asked stores of each row of `assortment a`; never null. */
export interface TotalSql {
  /** Stands before `select`: '' or a `with` clause. */
  readonly with: string;
  /** Stands behind `assortment a`. */
  readonly join: string;
  readonly expression: string;
}

export interface Stock {
  totals(bind: BindParameter): TotalSql;
  /** Rows (store, quantity) of an assortment, for `Snapshot.families`; stores without a row hold nothing. */
  readonly cells: Children;
  /** By assortment: rows (store, quantity) to be taken off its cells. */
  readonly later: ReadonlyMap<number, readonly (readonly [store: number, quantity: number])[]>;
}

/** Chooses how to read the stock that the question asks for. `queries` must see one state for as long as it is read. */
export async function stockAt(queries: Queries, question: StockQuestion): Promise<Stock> {
  const count = await countLater(queries, question);
  if (count > LATER_ENTRIES_MAX) return historyUntil(question);
  const register = registerNow(question);
  return count === 0 ? register : registerLess(question, register, await readLater(queries, question));
}

/** How many entries lie after the moment, counted no further than needed. Index entry_moment. */
async function countLater(queries: Queries, { account, moment }: StockQuestion): Promise<number> {
  const row = await queries.one<{ entries: number }>(
    `select count(*) as entries from
      (select 1 from entry where account = $1 and moment > $2 limit ${LATER_ENTRIES_MAX + 1}) later`,
    [account, moment],
  );
  return row?.entries ?? 0;
}

/** Both registers by their primary keys; the total of a part of the stores is summed from their cells. */
function registerNow({ account, stores }: StockQuestion): Stock {
  const cells: Children = {
    columns: ['store', 'quantity'],
    from: 'balance',
    where: `account = $1${among('store', stores)}`,
    params: [account],
    key: 'assortment',
  };
  const totals = (bind: BindParameter): TotalSql => {
    const key = bind(account);
    if (stores === undefined) {
      const join = ` left join total t on t.account = ${key} and t.assortment = a.id`;
      return { with: '', join, expression: 'coalesce(t.quantity, 0)' };
    }
    const where = `b.account = ${key} and b.assortment = a.id${among('b.store', stores)}`;
    return { with: '', join: '', expression: sumOf('b.quantity', `balance b where ${where}`) };
  };
  return { totals, cells, later: new Map() };
}

function registerLess(
  { account, moment, stores }: StockQuestion,
  register: Stock,
  later: Stock['later'],
): Stock {
  const totals = (bind: BindParameter): TotalSql => {
    const { join, expression } = register.totals(bind);
    const sums = `select assortment, cast(sum(quantity) as bigint) as quantity from entry
      where account = ${bind(account)} and moment > ${bind(moment)}${among('store', stores)} group by assortment`;
    return {
      // Materialized: once for the statement, not once for each row. Index entry_moment.
      with: `with later as materialized (${sums}) `,
      join: `${join} left join later l on l.assortment = a.id`,
      expression: `(${expression} - coalesce(l.quantity, 0))`,
    };
  };
  return { totals, cells: register.cells, later };
}

async function readLater(
  queries: Queries,
  { account, moment, stores }: StockQuestion,
): Promise<Stock['later']> {
  const rows = await queries.all<{ assortment: number; store: number; quantity: number }>(
    `select assortment, store, cast(sum(quantity) as bigint) as quantity from entry
      where account = $1 and moment > $2${among('store', stores)} group by assortment, store`,
    [account, moment],
  );
  const later = new Map<number, (readonly [number, number])[]>();
  for (const { assortment, store, quantity } of rows) {
    const cells = later.get(assortment);
    if (cells === undefined) later.set(assortment, [[store, quantity]]);
    else cells.push([store, quantity]);
  }
  return later;
}

/**
 * The entries of an assortment stand together in the primary key, which covers what is read. `+moment` keeps SQLite
 * from the index entry_moment, which it would prefer without statistics: a scan of all of the account's entries for
 * each assortment.
 */
function historyUntil({ account, moment, stores }: StockQuestion): Stock {
  const cells: Children = {
    columns: ['store', 'cast(sum(quantity) as bigint) as quantity'],
    from: 'entry',
    where: `account = $1 and +moment <= $2${among('store', stores)}`,
    params: [account, moment],
    key: 'assortment',
    groupBy: 'store',
  };
  const totals = (bind: BindParameter): TotalSql => {
    const where = `e.account = ${bind(account)} and e.assortment = a.id and +e.moment <= ${bind(moment)}`;
    const expression = sumOf('e.quantity', `entry e where ${where}${among('e.store', stores)}`);
    return { with: '', join: '', expression };
  };
  return { totals, cells, later: new Map() };
}

const sumOf = (quantity: string, from: string): string =>
  `coalesce((select cast(sum(${quantity}) as bigint) from ${from}), 0)`;

/** Our own integers stand in the text: a list of parameters would have a bound. */
const among = (column: string, stores: readonly number[] | undefined): string =>
  stores === undefined ? '' : ` and ${column} in (${stores.length === 0 ? 'null' : stores.join(', ')})`;
