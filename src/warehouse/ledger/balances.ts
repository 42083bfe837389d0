/**
 * Stock per assortment and store as of a moment. The same numbers can be read in three ways; which one is cheapest
 * depends on how many entries lie later:
 * - none: the register as it stands (now, mostly);
 * - some: the register less those entries (documents dated in the future, or a moment shortly ago);
 * - many: the sum of the history up to the moment, from the covering index.
 *
 * The registers are bounded, the past is not: a document dated back may lead to a cell that was beyond the bound at some
 * moment. It reads as the bound, so that the other rows can be read.
 */
import type { Children, Queries } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import { REGISTER_MAX_E4 } from './tables.ts';

/**
 * More entries than this are not taken off the register. Measured on 100,000 × 10 with 3,000,000 entries, SQLite,
 * without encoding: the register alone 720 ms, less 80,000 later entries 1,120, the history 1,820; a longer history
 * takes longer. It also bounds the memory that they take: about 10 MB.
 */
const LATER_ENTRIES_MAX = 100_000;

export interface StockQuestion {
  readonly account: AccountKey;
  /** ms, inclusive. */
  readonly moment: number;
  /** Only these stores, by their keys, ascending; all where absent. */
  readonly stores?: readonly number[];
}

/**
 * SQL for the total over the asked stores of each row of `assortment a`; never null. It has no parameters: what it is
 * about are integers of our own, and a statement may use it any number of times, or not at all.
 */
export interface TotalSql {
  /** Stands before `select`: '' or a `with` clause. */
  readonly with: string;
  /** Stands behind `assortment a`. */
  readonly join: string;
  readonly expression: string;
}

export interface Stock {
  readonly total: TotalSql;
  /** Rows (store, quantity) of an assortment, for `Snapshot.families`; stores without a row hold nothing. */
  readonly cells: Children;
  /** By assortment: rows (store, quantity) to be taken off its cells. */
  readonly later: ReadonlyMap<number, readonly (readonly [store: number, quantity: number])[]>;
}

/** Chooses how to read the stock that the question asks for. `queries` must see one state for as long as it is read. */
export async function stockAt(
  queries: Queries,
  question: StockQuestion,
  laterMax: number = LATER_ENTRIES_MAX,
): Promise<Stock> {
  const count = await countLater(queries, question, laterMax);
  if (count > laterMax) return historyUntil(question);
  const register = registerNow(question);
  if (count === 0) return register;
  const later = await readLater(queries, question);
  return later === undefined ? historyUntil(question) : registerLess(question, register, later);
}

/** How many entries lie after the moment, counted no further than needed. Index entry_moment. */
async function countLater(
  queries: Queries,
  { account, moment }: StockQuestion,
  laterMax: number,
): Promise<number> {
  const row = await queries.one<{ entries: number }>(
    `select count(*) as entries from
      (select 1 from entry where account = $1 and moment > $2 limit $3) later`,
    [account, moment, laterMax + 1],
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
  const part = `balance b where b.account = ${account} and b.assortment = a.id${among('b.store', stores)}`;
  const total: TotalSql =
    stores === undefined
      ? {
          with: '',
          join: ` left join total t on t.account = ${account} and t.assortment = a.id`,
          expression: 'coalesce(t.quantity, 0)',
        }
      : { with: '', join: '', expression: sumOf('b.quantity', part) };
  return { total, cells, later: new Map() };
}

function registerLess(
  { account, moment, stores }: StockQuestion,
  { total, cells }: Stock,
  later: Stock['later'],
): Stock {
  const sums = `select assortment, cast(sum(quantity) as bigint) as quantity from entry
    where account = ${account} and moment > ${moment}${among('store', stores)} group by assortment`;
  return {
    total: {
      // Materialized: once for the statement, not once for each row. Index entry_moment.
      with: `with later as materialized (${sums}) `,
      join: `${total.join} left join later l on l.assortment = a.id`,
      expression: `(${total.expression} - coalesce(l.quantity, 0))`,
    },
    cells,
    later,
  };
}

/** Undefined where some sum is beyond what can be read: then nothing can be taken off with it. */
async function readLater(
  queries: Queries,
  { account, moment, stores }: StockQuestion,
): Promise<Stock['later'] | undefined> {
  const rows = await queries.all<{ assortment: number; store: number; quantity: number }>(
    `select assortment, store, ${BOUNDED_SUM} as quantity from entry
      where account = $1 and moment > $2${among('store', stores)} group by assortment, store`,
    [account, moment],
  );
  const later = new Map<number, (readonly [number, number])[]>();
  for (const { assortment, store, quantity } of rows) {
    if (Math.abs(quantity) === REGISTER_MAX_E4) return undefined;
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
    columns: ['store', `${BOUNDED_SUM} as quantity`],
    from: 'entry',
    where: `account = $1 and +moment <= $2${among('store', stores)}`,
    params: [account, moment],
    key: 'assortment',
    groupBy: 'store',
  };
  const entries = `entry e where e.account = ${account} and e.assortment = a.id and +e.moment <= ${moment}`;
  const expression = sumOf('e.quantity', `${entries}${among('e.store', stores)}`);
  return { total: { with: '', join: '', expression }, cells, later: new Map() };
}

/** The sum of quantities, or the bound where it is beyond; both engines compute the sum once. */
const BOUNDED_SUM = `case when sum(quantity) > ${REGISTER_MAX_E4} then ${REGISTER_MAX_E4}
  when sum(quantity) < -${REGISTER_MAX_E4} then -${REGISTER_MAX_E4} else cast(sum(quantity) as bigint) end`;

/** The quantity of a cell at a moment: what the register or the history says, less what came later, within the bound. */
export const cellLess = (quantity: number, later: number): number =>
  Math.max(-REGISTER_MAX_E4, Math.min(REGISTER_MAX_E4, quantity - later));

const sumOf = (quantity: string, from: string): string =>
  `coalesce((select cast(sum(${quantity}) as bigint) from ${from}), 0)`;

const among = (column: string, stores: readonly number[] | undefined): string =>
  stores === undefined ? '' : ` and ${column} in (${stores.length === 0 ? 'null' : stores.join(', ')})`;
