/** Fields as SQL: what a condition compares and an order sorts by. */
import type { JsonMembers } from '../../database/database.ts';
import type { Field } from './fields.ts';
import type { Kind } from './kind.ts';

/** A field of the table `o`; where nothing is stored, what stands for it, if anything does. */
export interface Operand {
  readonly sql: string;
  /** The same folded, for texts. */
  readonly folded: string;
}

/** Fields that every kind has without declaring them: `id`, and the hidden `version` that lists sort by. */
export const SORTED_BY_ALL: readonly string[] = ['id', 'version'];

/** The operand of a field that is kept as text or integer, or of the texts of a list. */
export function operandOf(kind: Kind, name: string, json: JsonMembers): Operand {
  if (name === 'id') return plain('o.uuid');
  if (name === 'version') return plain(`coalesce(${json.integer('o.body', 'version')}, 0)`);
  const field = kind.fields[name];
  if (field?.textsIn !== undefined) return folded(json.text('o.body', 'lines', name), name, json);
  if (field === undefined || field.kept === 'json') throw new Error(`no operand for ${kind.type}.${name}`);
  const kept = keptOf(name, field, json);
  const sql = field.absent === undefined ? kept : `coalesce(${kept}, ${literal(field.absent)})`;
  if (field.twin === undefined) return plain(sql);
  if (field.twin === 'body') return folded(sql, name, json);
  return { sql, folded: `coalesce(o.${field.column}_folded, lower(${sql}))` };
}

/** A text whose twin, where it needs one, is in the body. */
const folded = (sql: string, name: string, json: JsonMembers): Operand => ({
  sql,
  folded: `coalesce(${json.text('o.body', 'twins', name)}, lower(${sql}))`,
});

function keptOf(name: string, field: Field, json: JsonMembers): string {
  if (field.column !== undefined) return `o.${field.column}`;
  return field.kept === 'integer' ? json.integer('o.body', name) : json.text('o.body', name);
}

const plain = (sql: string): Operand => ({ sql, folded: sql });

/** A stand-in from a kind's declaration, never from a request. */
const literal = (absent: NonNullable<Field['absent']>): string =>
  typeof absent === 'number' ? String(absent) : `'${String(absent).replaceAll("'", "''")}'`;
