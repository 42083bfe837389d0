/**
 * Conditions as data to the `where` of a query, on both engines (JSON API 1.2, Query language).
 *
 * - Of several `=` on one expression one must hold, of everything else all.
 * - Empty means null or `''`. `!=` and `!~` match rows without a value too: such a row does not have the unwanted one.
 * - The similarity operators compare character by character and know no wildcards. They ignore case only where the
 *   caller hands in a folded column and a folded value (`mechanics.md`, Schema).
 */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from './database.ts';

/** `~` contains, `~=` starts with, `=~` ends with, `!~` does not contain. */
export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=' | '~' | '~=' | '=~' | '!~';

/** A value that stands for a whole stretch, as a second does for its milliseconds: from ≤ x < until. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
}

export interface Condition {
  /** A column or another expression of ours; never a text out of a request. */
  readonly expression: string;
  /**
   * Only text can be empty without being null. `lines` are several texts in one, a line feed before and after each:
   * a condition must hold for one of them.
   */
  readonly type: 'text' | 'number' | 'lines';
  readonly operator: Operator;
  /** `null` is the empty value, for `=` and `!=` only. */
  readonly value: null | number | string | Stretch;
}

type Where = RawBuilder<SqlBool>;

/** Whether a row meets all conditions; true without any. */
export function matching(engine: Database['engine'], conditions: readonly Condition[]): Where {
  const equalities = Map.groupBy(
    conditions.filter(({ operator }) => operator === '='),
    ({ expression }) => expression,
  );
  const parts = [
    ...Array.from(equalities.values(), (several) =>
      joined(
        several.map((each) => equal(engine, each)),
        'or',
      ),
    ),
    ...conditions.filter(({ operator }) => operator !== '=').map((each) => single(engine, each)),
  ];
  return parts.length === 0 ? sql<SqlBool>`1 = 1` : joined(parts, 'and');
}

function single(engine: Database['engine'], condition: Condition): Where {
  const { operator, value } = condition;
  const expression = sql.raw(condition.expression);
  if (operator === '=') return equal(engine, condition);
  if (operator === '!=') {
    if (value === null) return sql<SqlBool>`(not ${equal(engine, condition)})`;
    return sql<SqlBool>`(${expression} is null or not ${equal(engine, condition)})`;
  }
  if (value === null) throw new Error(`${operator} needs a value: ${condition.expression}`);
  if (operator === '!~')
    return sql<SqlBool>`(${expression} is null or not ${similar(engine, '~', condition)})`;
  if (operator === '~' || operator === '~=' || operator === '=~') return similar(engine, operator, condition);
  return ordered(engine, expression, operator, value);
}

/** Null for a row without a value, unless the empty value is asked for. */
function equal(engine: Database['engine'], { expression: text, type, value }: Condition): Where {
  const expression = sql.raw(text);
  if (value === null && type !== 'number') return sql<SqlBool>`(${expression} is null or ${expression} = '')`;
  if (value === null) return sql<SqlBool>`(${expression} is null)`;
  if (typeof value === 'string' && type === 'lines')
    return SIMILARITY[engine]['~'](expression, `\n${value}\n`);
  if (typeof value === 'object')
    return sql<SqlBool>`(${expression} >= ${value.from} and ${expression} < ${value.until})`;
  return sql<SqlBool>`(${expression} = ${bound(engine, value)})`;
}

const PLAIN = { '<': sql`<`, '>': sql`>`, '<=': sql`<=`, '>=': sql`>=` } as const;

function ordered(
  engine: Database['engine'],
  expression: RawBuilder<unknown>,
  operator: keyof typeof PLAIN,
  value: number | string | Stretch,
): Where {
  if (typeof value !== 'object')
    return sql<SqlBool>`(${expression} ${PLAIN[operator]} ${bound(engine, value)})`;
  const { from, until } = value;
  if (operator === '<') return sql<SqlBool>`(${expression} < ${from})`;
  if (operator === '<=') return sql<SqlBool>`(${expression} < ${until})`;
  if (operator === '>') return sql<SqlBool>`(${expression} >= ${until})`;
  return sql<SqlBool>`(${expression} >= ${from})`;
}

type Similarity = Readonly<Record<'~' | '~=' | '=~', (text: RawBuilder<unknown>, part: string) => Where>>;

const SIMILARITY: Readonly<Record<Database['engine'], Similarity>> = {
  sqlite: {
    '~': (text, part) => sql`(instr(${text}, ${part}) > 0)`,
    '~=': (text, part) => sql`(substr(${text}, 1, length(${part})) = ${part})`,
    // `substr` with 0 or a start before the text's own would not give the end of it.
    '=~': (text, part) =>
      sql`(length(${text}) >= length(${part}) and substr(${text}, length(${text}) - length(${part}) + 1) = ${part})`,
  },
  postgres: {
    '~': (text, part) => sql`(strpos(${text}, ${part}::text) > 0)`,
    '~=': (text, part) => sql`starts_with(${text}, ${part}::text)`,
    '=~': (text, part) => sql`(right(${text}, length(${part}::text)) = ${part}::text)`,
  },
};

function similar(engine: Database['engine'], operator: keyof Similarity, condition: Condition): Where {
  const { expression, type, value } = condition;
  if (typeof value !== 'string') throw new Error(`${operator} compares text only: ${expression}`);
  if (type !== 'lines') return SIMILARITY[engine][operator](sql.raw(expression), value);
  const part = { '~': value, '~=': `\n${value}`, '=~': `${value}\n` }[operator];
  return SIMILARITY[engine]['~'](sql.raw(expression), part);
}

/** PostgreSQL would read the parameter beside an integer column as an integer, and refuse 1.5. */
function bound(engine: Database['engine'], value: number | string): RawBuilder<unknown> {
  const isFraction = typeof value === 'number' && !Number.isInteger(value);
  return isFraction && engine === 'postgres' ? sql`${value}::numeric` : sql`${value}`;
}

function joined(parts: readonly Where[], word: 'and' | 'or'): Where {
  return sql<SqlBool>`(${sql.join(parts, word === 'and' ? sql` and ` : sql` or `)})`;
}
