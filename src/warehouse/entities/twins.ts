/**
 * Folded twins of texts, for matching without regard to case. Names, codes, articles and paths have a column for
 * theirs; of other texts only those with letters beyond ASCII need one, kept in the body under `twins`: on ASCII the
 * `lower()` of both engines agrees with ours.
 *
 * The texts of a list lie in the body once more, under `lines`, as one text that conditions are told of: its twin is
 * that of a text.
 */
import { fold } from '../../contract/values.ts';
import type { Cell } from '../../database/database.ts';
import type { Field } from './fields.ts';
import type { Kind } from './kind.ts';
import type { Body, Stored } from './rows.ts';

const BEYOND_ASCII = /[\u0080-\uffff]/;

/** The twin of a nullable column. */
export const foldedOrNull = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : fold(text);

/** The twin of a path: null where `lower()` does. */
export const pathTwin = (path: string): string | null => (BEYOND_ASCII.test(path) ? fold(path) : null);

/** Several texts as `database/conditions.ts` compares them: a line feed before and after each. */
const linesOf = (texts: readonly string[]): string => `\n${texts.map(inOneLine).join('\n')}\n`;
/** A text of a list, or what is looked for there, without the sign that stands between them. */
export const inOneLine = (text: string): string => text.replaceAll('\n', ' ');

/** A body with the twins that its own texts and those in `columns` need, and the lines of its lists; earlier ones are dropped. */
export function withTwins(kind: Kind, columns: Readonly<Record<string, Cell>>, body: Body): Body {
  const { twins: _twins, lines: _lines, ...rest } = body;
  let lines: Record<string, Stored> | undefined;
  let twins: Record<string, Stored> | undefined;
  for (const [name, { column, textsIn }] of matchedFieldsOf(kind)) {
    const kept = rest[name];
    const joined = textsIn === undefined || kept === undefined ? undefined : linesOf(textsIn(kept));
    if (joined !== undefined) {
      lines ??= {};
      lines[name] = joined;
    }
    const text = joined ?? (column === undefined ? kept : columns[column]);
    if (typeof text === 'string' && BEYOND_ASCII.test(text)) {
      twins ??= {};
      twins[name] = fold(text);
    }
  }
  return { ...rest, ...(lines && { lines }), ...(twins && { twins }) };
}

type NamedField = readonly [name: string, field: Field];
const known = new WeakMap<Kind, readonly NamedField[]>();

/** The fields of a kind whose twin or lines are in the body; found once per kind. */
function matchedFieldsOf(kind: Kind): readonly NamedField[] {
  let fields = known.get(kind);
  if (fields === undefined) {
    fields = Object.entries(kind.fields).filter(
      ([, { twin, textsIn }]) => twin === 'body' || textsIn !== undefined,
    );
    known.set(kind, fields);
  }
  return fields;
}
