/** The SQL that both engines share for writing and deleting many rows. */
import type { Conflict } from './database.ts';

/** An identifier of ours in double quotes. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** Several identifiers, joined by commas. */
export const quotedList = (names: readonly string[]): string => names.map(quoted).join(', ');

/** `on conflict …` for `insertRows`, nothing where a known key is to fail. */
export function conflictClause(table: string, onConflict: Conflict | undefined): string {
  if (onConflict === undefined) return '';
  const sets = [
    ...(onConflict.replace ?? []).map((column) => `${quoted(column)} = excluded.${quoted(column)}`),
    ...(onConflict.add ?? []).map(
      (column) => `${quoted(column)} = ${quoted(table)}.${quoted(column)} + excluded.${quoted(column)}`,
    ),
  ];
  const action = sets.length === 0 ? 'do nothing' : `do update set ${sets.join(', ')}`;
  return ` on conflict (${quotedList(onConflict.key)}) ${action}`;
}
