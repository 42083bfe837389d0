/** The parameter `search` as SQL (contract: Query language): words as prefixes, or the whole text inside a field. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { fold } from '../../contract/values.ts';
import { matching, type Operator } from '../../database/conditions.ts';
import type { Database, JsonMembers } from '../../database/database.ts';
import type { Kind } from './kind.ts';
import { operandOf } from './operands.ts';

type Engine = Database['engine'];
type Where = RawBuilder<SqlBool>;

/** What a word may follow, beside the beginning of the text. */
const SEPARATORS = [' ', '-', '/', '(', '"', '«', '.', ',', '_', '#'];
/** Further words of a search are not looked at. */
const WORDS_MAX = 10;

/** Whether an object is found: every word in some field, or the whole text in one. */
export function found(engine: Engine, kind: Kind, search: string, json: JsonMembers): Where {
  const fields = kind.search.fields.map((name) => operandOf(kind, name, json).folded);
  const folded = fold(search);
  const any = (parts: readonly Where[]): Where => sql`(${sql.join(parts, sql` or `)})`;
  if (kind.search.match === 'substring') {
    return any(fields.map((field) => similar(engine, field, '~', folded)));
  }
  const words = folded.split(/\s+/).slice(0, WORDS_MAX);
  const clauses = words.map((word) =>
    any(
      fields.flatMap((field) => [
        similar(engine, field, '~=', word),
        ...SEPARATORS.map((before) => similar(engine, field, '~', before + word)),
      ]),
    ),
  );
  return sql`(${sql.join(clauses, sql` and `)})`;
}

/** Whether an object comes first: its name begins with the search. */
export const isBest = (engine: Engine, search: string): Where =>
  similar(engine, 'o.name_folded', '~=', fold(search));

const similar = (engine: Engine, expression: string, operator: Operator, value: string): Where =>
  matching(engine, [{ expression, type: 'text', operator, value }]);
