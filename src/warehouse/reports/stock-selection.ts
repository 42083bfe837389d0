/** What a stock report is asked to show: its filters, read from the query and told as SQL over `assortment a`. */
import { checkConditions, type FilterFields, type TypedCondition } from '../../contract/conditions.ts';
import { apiError, type Words } from '../../contract/errors.ts';
import { filterOf } from '../../contract/filter.ts';
import type { Query, Sort } from '../../contract/query.ts';
import { fold } from '../../contract/values.ts';
import type { Zone } from '../../contract/zones.ts';
import type { AccountKey } from '../../platform/ids.ts';
import { Where } from './where.ts';

/** Values of `stockMode` as conditions on the total over the stores shown. */
const MODES = {
  all: () => undefined,
  positiveOnly: (total) => `${total} > 0`,
  negativeOnly: (total) => `${total} < 0`,
  empty: (total) => `${total} = 0`,
  nonEmpty: (total) => `${total} <> 0`,
  // No minimum is set where it is null: then nothing is below it.
  underMinimum: (total) => `${total} < a.minimum_balance`,
} as const satisfies Record<string, (total: string) => string | undefined>;

type StockMode = keyof typeof MODES;
const isMode = (value: unknown): value is StockMode => typeof value === 'string' && value in MODES;

/** Fields of which a request may name one (contract: report/stock/bystore). */
const GOODS = ['product', 'variant', 'consignment', 'productFolder', 'search'] as const;
type GoodsField = (typeof GOODS)[number];
const isGoodsField = (field: string): field is GoodsField => GOODS.some((each) => each === field);

const reference = (kind: string) =>
  ({ type: 'reference', operators: ['='], kinds: [kind], empty: 'refused' }) as const;

/** The filters of `report/stock/bystore`, as far as they are built. */
export const stockFilters = {
  moment: { type: 'date', operators: ['='], single: true, empty: 'refused' },
  store: reference('store'),
  product: reference('product'),
  variant: reference('variant'),
  consignment: reference('consignment'),
  productFolder: reference('productfolder'),
  search: { type: 'string', operators: ['='], single: true, empty: 'refused' },
  stockMode: { type: 'enum', operators: ['='], values: Object.keys(MODES), single: true, empty: 'refused' },
} as const satisfies FilterFields;

export interface StockSelection {
  /** ms, inclusive; now where absent. */
  readonly moment?: number;
  /** UUIDs; every store where absent. */
  readonly stores?: ReadonlySet<string>;
  /** UUIDs, or the text to search for. */
  readonly goods?: { readonly field: GoodsField; readonly values: readonly string[] };
  readonly mode: StockMode;
}

/**
 * Reads the filters. Some documented examples write further conditions as bare parameters behind `filter=`: they
 * count as conditions too (contract: Reports, Common).
 */
export function readSelection(query: Query, zone: Zone): StockSelection {
  const bare = { fields: Object.keys(stockFilters), place: 'afterFilter' } as const;
  const conditions = checkConditions(filterOf(query, bare), stockFilters, zone);
  const byField: ReadonlyMap<string, readonly TypedCondition[]> = Map.groupBy(
    conditions,
    ({ field }) => field,
  );
  const texts = (field: string): readonly string[] => (byField.get(field) ?? []).map(textOf);
  const [goods, another] = [...byField.keys()].filter(isGoodsField);
  if (goods !== undefined && another !== undefined) throw twoKindsOfGoods(goods, another);
  const moment = byField.get('moment')?.[0]?.value;
  const [mode] = texts('stockMode');
  return {
    // A date without milliseconds stands for its whole second: the state at its end.
    ...(moment?.type === 'date' && { moment: moment.value.untilMs - 1 }),
    ...(byField.has('store') && { stores: new Set(texts('store')) }),
    ...(goods !== undefined && { goods: { field: goods, values: texts(goods) } }),
    mode: isMode(mode) ? mode : 'nonEmpty',
  };
}

function textOf({ value }: TypedCondition): string {
  if (value?.type === 'reference') return value.value.id;
  return value?.type === 'string' || value?.type === 'enum' ? value.value : '';
}

function twoKindsOfGoods(one: GoodsField, other: GoodsField) {
  const words: Words = {
    en: `"${one}" and "${other}" do not go together; name one of: ${GOODS.join(', ')}`,
    ru: `«${one}» и «${other}» несовместимы; укажите одно из полей: ${GOODS.join(', ')}`,
  };
  return apiError(1034, [words], { parameter: 'filter' });
}

/**
 * The goods that the selection shows, as `assortment a`: those that have stock (no services, no bundles) and are not
 * archived. `total` is the SQL of their total over the stores shown.
 */
export function shownGoods(account: AccountKey, { goods, mode }: StockSelection, total: string): Where {
  const where = new Where();
  // The plus keeps SQLite from reading all goods in their order where those of some folders are an index away.
  const archived = goods?.field === 'productFolder' ? '+a.archived' : 'a.archived';
  where.and(`a.account = ${where.bind(account)} and ${archived} = 0`);
  where.and("a.kind in ('product', 'variant', 'consignment')");
  const condition = MODES[mode](total);
  if (condition !== undefined) where.and(condition);
  if (goods === undefined) return where;
  const { field, values } = goods;
  if (field === 'search') where.andContains('a.name_folded', fold(values.join()));
  else if (field === 'productFolder') where.and(`a.folder in (${foldersWithin(where, account, values)})`);
  else where.and(`a.kind = ${where.bind(field)} and a.uuid in (${where.bindAll(values)})`);
  return where;
}

/**
 * Keys of folders and of all below them: what has a folder for its parent is a folder. Indexes: the unique UUID, then
 * entity_parent for each step down (`cross join` keeps SQLite from walking all folders for each one).
 */
function foldersWithin(where: Where, account: AccountKey, uuids: readonly string[]): string {
  const key = where.bind(account);
  return `with recursive folder(id) as (
      select id from entity where account = ${key} and kind = 'productfolder' and uuid in (${where.bindAll(uuids)})
      union
      select e.id from folder f cross join entity e where e.account = ${key} and e.parent = f.id
    ) select id from folder`;
}

/** Sort keys, and whether they may be absent; `stockOnAllStores` is the total over the stores shown. */
const SORTS = {
  pathName: { sql: 'a.path_name', optional: false },
  name: { sql: 'a.name', optional: false },
  code: { sql: 'a.code', optional: true },
  productCode: { sql: 'a.article', optional: true },
  stockOnAllStores: { sql: undefined, optional: false },
} as const;
type SortKey = keyof typeof SORTS;

export const stockSortKeys = Object.keys(SORTS);

/** Group path, then name: index assortment_path. */
const DEFAULT_ORDER = 'a.path_name, a.name, a.id';

/** The wanted order as SQL, ties broken by id: a total order. Absent values come last when ascending. */
export function orderText(sorts: readonly Sort[], total: string): string {
  if (sorts.length === 0) return DEFAULT_ORDER;
  const term = ({ field, direction }: Sort): string => {
    const { sql, optional } = SORTS[field as SortKey];
    const nulls = optional ? ` nulls ${direction === 'asc' ? 'last' : 'first'}` : '';
    return `${sql ?? total} ${direction}${nulls}`;
  };
  return [...sorts.map(term), 'a.id'].join(', ');
}

/** Whether rows are chosen or ordered by their totals; where not, nobody needs to look them up. */
export const needsTotal = ({ mode }: StockSelection, sorts: readonly Sort[]): boolean =>
  mode !== 'all' || sorts.some(({ field }) => SORTS[field as SortKey].sql === undefined);
