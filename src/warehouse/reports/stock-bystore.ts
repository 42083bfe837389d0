/** JSON API 1.2, Reports: stock by store. What each store holds of each product, now or at a moment. */
import { listMeta, resultMeta, stockContext } from '../../contract/meta.ts';
import { choiceOf, orderOf } from '../../contract/query.ts';
import type { Children, Family, Queries, Snapshot, Statement } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import { stockAt, type TotalSql } from '../ledger/balances.ts';
import type { OpenedReport, Report, ReportRequest, ReportRow } from './report.ts';
import { type ShownStore, stockRowMaker, stockRowShape } from './stock-rows.ts';
import {
  needsTotal,
  orderText,
  readSelection,
  shownGoods,
  stockFilters,
  stockSortKeys,
} from './stock-selection.ts';
import type { Where } from './where.ts';

const TYPE = 'stockbystore';
/** Products are the finest goods that there are, so each grouping shows the same rows. */
const GROUPINGS = ['product', 'variant', 'consignment'] as const;
/**
 * Cells read at a time, however many stores there are. 20,000 are no faster on either engine (PostgreSQL is asked once
 * for each batch) and take 35 MB more of resident memory.
 */
const BATCH_CELLS = 5_000;
const NO_TOTAL: TotalSql = { with: '', join: '', expression: '0' };

export const stockByStore: Report = {
  path: 'report/stock/bystore',
  type: TYPE,
  isAsynchronous: true,
  right: 'viewStockReport',
  parameters: { groupBy: GROUPINGS },
  filters: stockFilters,
  sortKeys: stockSortKeys,
  open,
};

async function open(snapshot: Snapshot, request: ReportRequest): Promise<OpenedReport> {
  const { account, base, url, query, window } = request;
  const selection = readSelection(query, request.zone);
  const sorts = orderOf(query, stockSortKeys);
  choiceOf(query, 'groupBy', GROUPINGS);
  const stores = await readStores(snapshot, account);
  const shown = stores.filter(
    ({ uuid, archived }) => archived === 0 && selection.stores?.has(uuid) !== false,
  );
  const stock = await stockAt(snapshot, {
    account,
    moment: selection.moment ?? request.now,
    ...(shown.length < stores.length && { stores: shown.map(({ id }) => id) }),
  });

  const total = needsTotal(selection, sorts) ? stock.total : NO_TOTAL;
  const where = shownGoods(account, selection, total.expression);
  const order = orderText(sorts, total.expression);
  const from = `from assortment a${total.join} where ${where.text}`;
  // A filter that leads to no store finds nothing; an account without any still has products.
  const isNowhere = selection.stores !== undefined && shown.length === 0;
  const size = isNowhere ? 0 : await count(snapshot, `${total.with}select count(*) as size ${from}`, where);
  const rows = Math.max(0, Math.min(window?.limit ?? size, size - (window?.offset ?? 0)));

  const parents = pageOf(`${total.with}select a.id, a.uuid ${from} order by ${order}`, where, window);
  const facts = { url, type: TYPE, size };
  const toRow = stockRowMaker(shown, stock.later);
  return {
    head: {
      context: stockContext(base),
      meta: window === undefined ? resultMeta(facts) : listMeta(facts, window),
    },
    shape: stockRowShape(base, shown),
    total: rows,
    batches: rows === 0 ? none() : readRows(snapshot, parents, stock.cells, shown, toRow),
  };
}

function pageOf(text: string, { params }: Where, window: ReportRequest['window']): Statement {
  if (window === undefined) return { text, params };
  const next = params.length + 1;
  return {
    text: `${text} limit $${next} offset $${next + 1}`,
    params: [...params, window.limit, window.offset],
  };
}

async function count(queries: Queries, text: string, { params }: Where): Promise<number> {
  return (await queries.one<{ size: number }>(text, params))?.size ?? 0;
}

/** Every store, in the order of the report: by name, then by id. Index entity_name. */
function readStores(
  queries: Queries,
  account: AccountKey,
): Promise<(ShownStore & { readonly archived: number })[]> {
  return queries.all(
    "select id, uuid, name, archived from entity where account = $1 and kind = 'store' order by name, id",
    [account],
  );
}

async function* readRows(
  snapshot: Snapshot,
  parents: Statement,
  cells: Children,
  stores: readonly ShownStore[],
  toRow: (family: Family) => ReportRow,
): AsyncGenerator<readonly ReportRow[]> {
  const batchRows = Math.max(1, Math.ceil(BATCH_CELLS / Math.max(1, stores.length)));
  for await (const batch of snapshot.families(parents, cells, batchRows)) yield batch.map(toRow);
}

async function* none(): AsyncGenerator<readonly ReportRow[]> {}
