/**
 * Folded twins of texts, for matching without regard to case. Names, codes, articles and paths have a column for
 * theirs; of other texts only those with letters beyond ASCII need one, kept in the body under `twins`: on ASCII the
 * `lower()` of both engines agrees with ours.
 */
import { fold } from '../../contract/values.ts';
import type { Cell } from '../../database/database.ts';
import type { Kind } from './kind.ts';
import type { Body, Stored } from './rows.ts';

const BEYOND_ASCII = /[\u0080-\uffff]/;

/** The twin of a nullable column. */
export const foldedOrNull = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : fold(text);

/** The twin of a path: null where `lower()` does. */
export const pathTwin = (path: string): string | null => (BEYOND_ASCII.test(path) ? fold(path) : null);

/** A body with the twins that its own texts and those in `columns` need; earlier twins are dropped. */
export function withTwins(kind: Kind, columns: Readonly<Record<string, Cell>>, body: Body): Body {
  const { twins: _earlier, ...rest } = body;
  let twins: Record<string, Stored> | undefined;
  for (const [name, column] of bodyTwinsOf(kind)) {
    const text = column === undefined ? rest[name] : columns[column];
    if (typeof text === 'string' && BEYOND_ASCII.test(text)) {
      twins ??= {};
      twins[name] = fold(text);
    }
  }
  return twins === undefined ? rest : { ...rest, twins };
}

const known = new WeakMap<Kind, readonly (readonly [name: string, column: string | undefined])[]>();

/** The fields of a kind whose twin is in the body, with their columns; found once per kind. */
function bodyTwinsOf(kind: Kind): readonly (readonly [name: string, column: string | undefined])[] {
  let fields = known.get(kind);
  if (fields === undefined) {
    fields = Object.entries(kind.fields)
      .filter(([, { twin }]) => twin === 'body')
      .map(([name, { column }]) => [name, column] as const);
    known.set(kind, fields);
  }
  return fields;
}
