/** From a body to what it changes, and from that to the columns and the JSON of a row. */
import { problem } from '../../contract/errors.ts';
import { fold } from '../../contract/values.ts';
import type { Cell } from '../../database/database.ts';
import type { Changes } from './fields.ts';
import type { Kind } from './kind.ts';
import type { Reading } from './reading.ts';
import type { Body, ObjectRow, Stored } from './rows.ts';
import { foldedOrNull, withTwins } from './twins.ts';

/**
 * The fields that a body names, in their stored form. Fields that it lacks but needs, and those that it empties, are
 * noted with 3000: all of them, so that they are answered together.
 */
export function readChanges(
  kind: Kind,
  body: Readonly<Record<string, unknown>>,
  at: Reading,
  isNew: boolean,
): Changes {
  const changes: Changes = new Map();
  for (const [name, field] of Object.entries(kind.fields)) {
    if (field.isReadOnly === true || (field.isNewOnly === true && !isNew)) continue;
    const value = body[name];
    const place = at.at(name);
    const stored = value === undefined ? undefined : field.read(value, place);
    const isMissing = value === undefined ? isNew : stored === null;
    if (field.isRequired === true && isMissing) at.refuse(problem(3000, [name], place.place));
    else if (stored !== undefined) changes.set(name, stored);
  }
  for (const field of Object.values(kind.fields)) field.settle?.(changes);
  return changes;
}

/** What is kept of an object beside its keys. */
export interface Content {
  readonly columns: Readonly<Record<string, Cell>>;
  readonly body: Body;
}

/** A content with the changes applied; the twins follow. */
export function applyChanges(kind: Kind, changes: Changes, before: Content): Content {
  const columns: Record<string, Cell> = { ...before.columns };
  const body: Record<string, Stored> = { ...before.body };
  for (const [name, stored] of changes) {
    const field = kind.fields[name];
    if (field === undefined) continue;
    if (field.column !== undefined) columns[field.column] = cellOf(stored ?? field.absent ?? null);
    // What says the same as nothing is not kept: an object reads the same before and after its own body is put.
    else if (stored === null || stored === field.absent) delete body[name];
    else body[name] = stored;
  }
  if (kind.nameOf !== undefined) columns.name = kind.nameOf({ body });
  return finished(kind, columns, body);
}

function cellOf(stored: Stored | null): Cell {
  if (stored === null || typeof stored === 'string' || typeof stored === 'number') return stored;
  throw new TypeError('only texts and numbers have columns');
}

function finished(kind: Kind, columns: Record<string, Cell>, body: Body): Content {
  if (typeof columns.name === 'string') columns.name_folded = fold(columns.name);
  for (const column of ['code', 'article']) {
    const text = columns[column];
    if (text === null || typeof text === 'string') columns[`${column}_folded`] = foldedOrNull(text);
  }
  return { columns, body: withTwins(kind, columns, body) };
}

/** Whether two contents say the same. */
export function isSameContent(one: Content, other: Content): boolean {
  const columns = new Set([...Object.keys(one.columns), ...Object.keys(other.columns)]);
  for (const column of columns) {
    if ((one.columns[column] ?? null) !== (other.columns[column] ?? null)) return false;
  }
  return canonical(one.body) === canonical(other.body);
}

/** JSON with members in one order. */
const canonical = (body: Body): string =>
  JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** The content of a row. */
export const contentOf = ({ columns, body }: ObjectRow): Content => ({ columns, body });
