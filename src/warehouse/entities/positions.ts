/**
 * Positions of documents: read from bodies, compared with those that stand, written (contract: Objects, Positions).
 * Inline positions are the whole set: one with a known id is updated, one without is added, a missing one deleted.
 */

import { apiError, problem } from '../../contract/errors.ts';
import { parseHref } from '../../contract/href.ts';
import { NESTED_MAX_ELEMENTS } from '../../contract/limits.ts';
import type { Queries, Row, Writing } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import { POSITION } from './draft-rows.ts';
import type { Positions } from './kind.ts';
import { isObject, type Reading } from './reading.ts';
import { type Body, parseBody, type Stored } from './rows.ts';

/** A position as it stands, or as it will. */
export interface PositionRow {
  /** Number within the document; undefined for one that is to be added. */
  readonly id: number | undefined;
  readonly uuid: string;
  readonly assortment: number;
  /** ×10^4. */
  readonly quantity: number;
  readonly price: number;
  readonly body: Body;
}

const COLUMNS = 'id, uuid, assortment, quantity, price, body';

interface Read extends Omit<PositionRow, 'body' | 'id'> {
  readonly id: number;
  readonly body: string;
}

/** Positions of a document in their order; a page of them where one is asked for. */
export async function readStoredPositions(
  queries: Queries,
  account: AccountKey,
  document: number,
  page?: { readonly limit: number; readonly offset: number },
): Promise<(PositionRow & { readonly id: number })[]> {
  const text = `select ${COLUMNS} from position where account = $1 and document = $2 order by id`;
  const rows =
    page === undefined
      ? await queries.all<Read>(text, [account, document])
      : await queries.all<Read>(`${text} limit $3 offset $4`, [account, document, page.limit, page.offset]);
  return rows.map((row) => ({ ...row, body: parseBody(row.body) }));
}

/**
 * The positions that a body gives: an array, or `{rows: […]}`; undefined where it gives none (a nested collection as
 * it was printed has only `meta`). `standing` are those of the document.
 */
export function readPositions(
  declared: Positions,
  value: unknown,
  at: Reading,
  standing: readonly PositionRow[],
): readonly PositionRow[] | undefined {
  const elements = isObject(value) ? value.rows : value;
  if (elements === undefined) return undefined;
  if (!Array.isArray(elements)) return at.wrongType('array');
  if (elements.length > NESTED_MAX_ELEMENTS) throw apiError(2022, [], at.place);
  const known = new Map(standing.map((position) => [position.uuid, position]));
  const seen = new Set<string>();
  const read: PositionRow[] = [];
  for (const [index, element] of elements.entries()) {
    const place = isObject(value) ? at.at('rows').at(index) : at.at(index);
    if (!isObject(element)) {
      at.refuse(problem(3012, [at.name], place.place));
      continue;
    }
    const uuid = idOf(element);
    const before = uuid === undefined ? undefined : known.get(uuid);
    if (before !== undefined && seen.has(before.uuid)) at.refuse(problem(3013, [at.name], place.place));
    if (before !== undefined) seen.add(before.uuid);
    const position = readPosition(declared, element, place, before);
    if (position !== undefined) read.push(position);
  }
  return read;
}

/** The id of a position in a body, given as such or by its href. */
function idOf({ id, meta }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof id === 'string') return id.toLowerCase();
  return isObject(meta) && typeof meta.href === 'string' ? parseHref(meta.href)?.id : undefined;
}

function readPosition(
  { fields }: Positions,
  element: Readonly<Record<string, unknown>>,
  at: Reading,
  before: PositionRow | undefined,
): PositionRow | undefined {
  const columns: Record<string, number> =
    before === undefined
      ? {}
      : { assortment: before.assortment, quantity: before.quantity, price: before.price };
  const body: Record<string, Stored> = { ...before?.body };
  const problemsBefore = at.problems.length;
  for (const [name, field] of Object.entries(fields)) {
    const value = element[name];
    if (field.isReadOnly === true) continue;
    const stored = value === undefined ? undefined : field.read(value, at.at(name));
    if (field.column !== undefined) {
      if (typeof stored === 'number') columns[field.column] = stored;
      const isMissing = value === undefined && columns[field.column] === undefined;
      if (field.isRequired === true && (isMissing || stored === null)) {
        at.refuse(problem(3000, [name], at.at(name).place));
      }
    } else if (stored === null || (stored !== undefined && stored === field.absent)) delete body[name];
    else if (stored !== undefined) body[name] = stored;
  }
  if (at.problems.length > problemsBefore) return undefined;
  const { assortment, quantity, price = 0 } = columns;
  if (assortment === undefined || quantity === undefined) {
    throw new Error('every kind of position needs assortment and quantity');
  }
  const uuid = before?.uuid ?? at.parts.ids.uuid();
  return { id: before?.id, uuid, assortment, quantity, price, body };
}

/** Positions with their numbers, and what that means for the table. */
export interface PositionChanges {
  readonly after: readonly (PositionRow & { readonly id: number })[];
  readonly written: readonly PositionRow[];
  readonly removed: readonly (PositionRow & { readonly id: number })[];
}

/** From the positions that stand and those that shall stand; new ones are numbered from `next`. */
export function comparePositions(
  standing: readonly (PositionRow & { readonly id: number })[],
  wanted: readonly PositionRow[],
  next: number,
): PositionChanges {
  const before = new Map(standing.map((position) => [position.id, position]));
  let number = next;
  const after = wanted.map((position) => ({ ...position, id: position.id ?? number++ }));
  const written = after.filter((position) => !isSame(before.get(position.id), position));
  for (const { id } of after) before.delete(id);
  return { after, written, removed: [...before.values()] };
}

function isSame(before: PositionRow | undefined, after: PositionRow): boolean {
  return (
    before !== undefined &&
    before.assortment === after.assortment &&
    before.quantity === after.quantity &&
    before.price === after.price &&
    JSON.stringify(before.body) === JSON.stringify(after.body)
  );
}

/** Brings the table to `changes`. */
export async function writePositions(
  tx: Writing,
  account: AccountKey,
  document: number,
  { written, removed }: PositionChanges,
): Promise<void> {
  await tx.deleteRows(
    'position',
    ['account', 'document', 'id'],
    removed.map(({ id }) => [account, document, id]),
  );
  await tx.insertRows(
    'position',
    POSITION,
    written.map(
      ({ id = 0, uuid, assortment, quantity, price, body }): Row => [
        account,
        document,
        id,
        uuid,
        assortment,
        quantity,
        price,
        JSON.stringify(body),
      ],
    ),
    { key: ['account', 'document', 'id'], replace: ['assortment', 'quantity', 'price', 'body'] },
  );
}
