/** Objects as they stand: one, a page of many, the positions of a document. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { checkConditions, type TypedCondition } from '../../contract/conditions.ts';
import { apiError } from '../../contract/errors.ts';
import { filterOf } from '../../contract/filter.ts';
import { positionType } from '../../contract/href.ts';
import { context, type List, type ListFacts, listMeta, type Page } from '../../contract/meta.ts';
import { orderOf, pageOf, parseQuery, type Query, type Sort, searchOf } from '../../contract/query.ts';
import { matching } from '../../database/conditions.ts';
import type { Cell, Database, Queries } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import type { Asked } from './entities.ts';
import { conditionsOf, filterFieldsOf, type Keys } from './filters.ts';
import type { Kind, Kinds } from './kind.ts';
import { operandOf, SORTED_BY_ALL } from './operands.ts';
import { readStoredPositions } from './positions.ts';
import { readByUuid } from './references.ts';
import { preparePositions, preparePrinting, printObject, printPosition, zoneNamed } from './render.ts';
import { type ObjectRow, objectRow } from './rows.ts';
import { found, isBest } from './search.ts';

type Record = Readonly<{ [column: string]: Cell }>;

/** An object of a kind by its UUID. */
export async function readRow(
  queries: Queries,
  account: AccountKey,
  kind: Kind,
  uuid: string,
): Promise<ObjectRow | undefined> {
  const row = await queries.one<Record>(
    `select * from ${kind.table} where account = $1 and uuid = $2 and kind = $3`,
    [account, uuid, kind.type],
  );
  return row === undefined ? undefined : objectRow(row);
}

/** The same, refused with 1021 where there is none. */
export async function demandRow(
  queries: Queries,
  account: AccountKey,
  kind: Kind,
  uuid: string,
): Promise<ObjectRow> {
  const row = await readRow(queries, account, kind, uuid);
  if (row === undefined) throw apiError(1021, [kind.type, uuid]);
  return row;
}

/** One object as the API shows it. */
export async function showRow(queries: Queries, kind: Kind, row: ObjectRow, asked: Asked): Promise<object> {
  return printObject(kind, row, await preparePrinting(queries, kind, [row], asked));
}

/** A page of the objects that the query asks for, in a total order: ties are broken by creation. */
export async function listRows(
  queries: Queries,
  engine: Database['engine'],
  kinds: Kinds,
  kind: Kind,
  asked: Asked,
): Promise<List<object>> {
  const query = parseQuery(asked.query);
  const page = pageOf(query);
  const sorts = orderOf(query, sortableOf(kind));
  const where = await whereOf(queries, engine, kinds, kind, query, asked);
  const from = sql`from ${sql.table(kind.table)} as o where ${where}`;
  const read = async <R extends object>(text: RawBuilder<R>): Promise<R[]> =>
    (await text.execute(queries.tables())).rows;
  const [counted] = await read(sql<{ size: number }>`select count(*) as size ${from}`);
  const size = counted?.size ?? 0;
  const order = orderBy(engine, kind, sorts, searchOf(query), queries);
  const rows =
    page.limit === 0 || page.offset >= size
      ? []
      : await read(
          sql<Record>`select o.* ${from} order by ${order} limit ${page.limit} offset ${page.offset}`,
        );
  const objects = rows.map(objectRow);
  const printing = await preparePrinting(queries, kind, objects, asked);
  return envelope(
    asked,
    kind,
    { url: asked.hrefAsSent, type: kind.type, size },
    page,
    objects.map((row) => printObject(kind, row, printing)),
  );
}

/**
 * The positions of a document, a page of them, in their order. The API documents neither filter nor sort keys for
 * them: whoever sends one is told, and does not take all positions for those that he asked for.
 */
export async function listPositions(
  queries: Queries,
  kind: Kind,
  uuid: string,
  asked: Asked,
): Promise<List<object>> {
  const { account } = asked.principal;
  const query = parseQuery(asked.query);
  const page = pageOf(query);
  orderOf(query, []);
  checkConditions(filterOf(query), {});
  const document = await demandRow(queries, account, kind, uuid);
  const counted = await queries.one<{ size: number }>(
    'select count(*) as size from position where account = $1 and document = $2',
    [account, document.id],
  );
  const size = counted?.size ?? 0;
  const positions = page.limit === 0 ? [] : await readStoredPositions(queries, account, document.id, page);
  const printing = await preparePositions(queries, positions, asked);
  return envelope(
    asked,
    kind,
    { url: asked.hrefAsSent, type: positionType(kind.type), size },
    page,
    positions.map((position) => printPosition(kind, document, position, printing)),
  );
}

function envelope(
  { base }: Asked,
  kind: Kind,
  facts: ListFacts,
  page: Page,
  rows: readonly object[],
): List<object> {
  const { href, ...meta } = listMeta(facts, page);
  const metadataHref = `${base}/entity/${kind.type}/metadata`;
  return { context: context(base), meta: { href, metadataHref, ...meta }, rows };
}

async function whereOf(
  queries: Queries,
  engine: Database['engine'],
  kinds: Kinds,
  kind: Kind,
  query: Query,
  asked: Asked,
): Promise<RawBuilder<SqlBool>> {
  const { account, accountId } = asked.principal;
  const typed = checkConditions(filterOf(query), filterFieldsOf(kind), zoneNamed(asked.zone));
  const keys = await keysOf(queries, account, kinds, typed);
  const conditions = matching(engine, conditionsOf(kind, typed, { keys, accountId, json: queries.json }));
  const search = searchOf(query);
  const own = sql<SqlBool>`o.account = ${account} and o.kind = ${kind.type} and ${conditions}`;
  return search === undefined ? own : sql<SqlBool>`${own} and ${found(engine, kind, search, queries.json)}`;
}

/** What the references among the conditions lead to. */
async function keysOf(
  queries: Queries,
  account: AccountKey,
  kinds: Kinds,
  conditions: readonly TypedCondition[],
): Promise<Keys> {
  const keys = new Map<string, number>();
  for (const { value } of conditions) {
    if (value?.type !== 'reference') continue;
    const table = kinds.get(value.value.type)?.table;
    const [known] = table === undefined ? [] : await readByUuid(queries, account, table, [value.value.id]);
    if (known !== undefined) keys.set(known.uuid, known.id);
  }
  return keys;
}

/** Every text, number, date and flag; the docs' tables write some names in lower case. */
function sortableOf(kind: Kind): readonly string[] {
  const names = Object.keys(kind.fields).filter((name) => kind.fields[name]?.isSortable === true);
  return [...SORTED_BY_ALL, ...names, ...names.map((name) => name.toLowerCase())];
}

/**
 * Absent values come last when ascending. Without an order documents come by moment, everything else as it was
 * created; what was searched begins with the best matches.
 */
function orderBy(
  engine: Database['engine'],
  kind: Kind,
  sorts: readonly Sort[],
  search: string | undefined,
  { json }: Queries,
): RawBuilder<unknown> {
  const keys = sorts.map(({ field, direction }) => {
    const nulls = direction === 'asc' ? 'nulls last' : 'nulls first';
    return sql.raw(`${operandOf(kind, fieldNamed(kind, field), json).sql} ${direction} ${nulls}`);
  });
  if (sorts.length === 0 && search !== undefined) {
    keys.push(sql`case when ${isBest(engine, search)} then 0 else 1 end`);
  }
  if (sorts.length === 0 && kind.table === 'document') keys.push(sql`o.moment`);
  return sql.join([...keys, sql`o.id`]);
}

function fieldNamed(kind: Kind, name: string): string {
  if (SORTED_BY_ALL.includes(name) || kind.fields[name] !== undefined) return name;
  return Object.keys(kind.fields).find((each) => each.toLowerCase() === name) ?? name;
}
