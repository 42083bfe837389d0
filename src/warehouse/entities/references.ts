/**
 * References between objects: in bodies and filters hrefs of any host, in columns integer keys, in JSON `type/uuid`
 * (contract: Objects). A body's references are looked up all at once before it is read.
 */
import { problem } from '../../contract/errors.ts';
import { parseHref } from '../../contract/href.ts';
import { entityMeta, type Meta } from '../../contract/meta.ts';
import type { Queries } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import type { Kinds, Table } from './kind.ts';
import type { Link, Printing } from './printing.ts';
import { type Found, isObject, type Reading, type References } from './reading.ts';
import type { Stored } from './rows.ts';

const TABLES: readonly Table[] = ['entity', 'assortment', 'document'];
/** Values in one `in (…)`: far below the bounds of both engines. */
const IN_MAX = 1000;

/** Looks up every object that the `meta.href`s of a body lead to, at any depth. */
export async function resolveReferences(
  queries: Queries,
  account: AccountKey,
  kinds: Kinds,
  body: unknown,
): Promise<References> {
  const uuids = new Map<Table, Set<string>>(TABLES.map((table) => [table, new Set()]));
  collect(body, (type, uuid) => {
    const table = kinds.get(type)?.table;
    if (table !== undefined) uuids.get(table)?.add(uuid);
  });
  const found = new Map<string, Found>();
  for (const [table, wanted] of uuids) {
    for (const each of await readByUuid(queries, account, table, [...wanted])) found.set(each.uuid, each);
  }
  return { find: (uuid) => found.get(uuid), knows: (type) => kinds.has(type) };
}

function collect(value: unknown, add: (type: string, uuid: string) => void): void {
  if (Array.isArray(value)) {
    for (const each of value) collect(each, add);
  } else if (isObject(value)) {
    const { meta } = value;
    const target = isObject(meta) && typeof meta.href === 'string' ? parseHref(meta.href) : undefined;
    if (target !== undefined) add(target.type.toLowerCase(), target.id);
    for (const each of Object.values(value)) collect(each, add);
  }
}

/** Objects of one table by UUID; unknown ones are left out. */
export async function readByUuid(
  queries: Queries,
  account: AccountKey,
  table: Table,
  uuids: readonly string[],
): Promise<Found[]> {
  const found: Found[] = [];
  for (const part of pieces(uuids)) {
    const rows = await queries.all<{ id: number; uuid: string; kind: string }>(
      `select id, uuid, kind from ${table} where account = $1 and uuid in (${placeholders(part, 2)})`,
      [account, ...part],
    );
    for (const row of rows) found.push({ ...row, table });
  }
  return found;
}

/** What keys of one table stand for. */
export async function readLinks(
  queries: Queries,
  account: AccountKey,
  table: Table,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Link>> {
  const links = new Map<number, Link>();
  for (const part of pieces(ids)) {
    const rows = await queries.all<{ id: number; uuid: string; kind: string }>(
      `select id, uuid, kind from ${table} where account = $1 and id in (${placeholders(part, 2)})`,
      [account, ...part],
    );
    for (const { id, uuid, kind } of rows) links.set(id, { kind, uuid });
  }
  return links;
}

function* pieces<T>(values: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < values.length; start += IN_MAX) yield values.slice(start, start + IN_MAX);
}

/** `$2, $3, …` for the values of an `in (…)`. */
export const placeholders = (values: readonly unknown[], first: number): string =>
  values.map((_, index) => `$${first + index}`).join(', ');

/** The object that a reference in a body leads to; undefined: a problem was noted (2010-2014, 2024, 2027). */
export function findReference(value: unknown, kinds: readonly string[], at: Reading): Found | undefined {
  if (!isObject(value)) return at.wrongType('object');
  const { meta } = value;
  if (!isObject(meta)) return at.refuse(problem(2014, [at.name], at.place));
  if (typeof meta.href !== 'string') return at.refuse(problem(2010, [at.name], at.place));
  if (typeof meta.type !== 'string') return at.refuse(problem(2011, [at.name], at.place));
  const { references } = at.parts;
  if (!references.knows(meta.type.toLowerCase())) {
    return at.refuse(problem(2012, [at.name], at.place));
  }
  const target = parseHref(meta.href);
  const type = target?.type.toLowerCase() ?? meta.type.toLowerCase();
  if (!kinds.includes(type) || !kinds.includes(meta.type.toLowerCase())) {
    return at.refuse(wrongKind(kinds.includes(type) ? meta.type : type, kinds, at));
  }
  const found = target === undefined ? undefined : references.find(target.id);
  if (found === undefined || !kinds.includes(found.kind)) {
    return at.refuse(problem(2013, [at.name], at.place));
  }
  return found;
}

function wrongKind(type: string, kinds: readonly string[], at: Reading) {
  const [only] = kinds;
  return kinds.length === 1 && only !== undefined
    ? problem(2024, [type, only], at.place)
    : problem(2027, [type, kinds.join(', ')], at.place);
}

/** A link from the stored form of a reference that has no column: `type/uuid`. */
export function linkOf(stored: Stored | undefined): Link {
  if (typeof stored !== 'string') throw new TypeError('a reference in a body is a text');
  const slash = stored.indexOf('/');
  return { kind: stored.slice(0, slash), uuid: stored.slice(slash + 1) };
}

/** `{meta}` of a reference, by its key in `table` or by `type/uuid`. */
export function printReference(
  stored: Stored,
  table: Table,
  { base, links }: Printing,
): { readonly meta: Meta } | undefined {
  const link = typeof stored === 'number' ? links[table].get(stored) : linkOf(stored);
  return link === undefined ? undefined : { meta: entityMeta(base, link.kind, link.uuid) };
}
