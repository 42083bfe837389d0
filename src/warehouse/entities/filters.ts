/**
 * Conditions on objects as SQL (contract: Query language): `=` on one field are alternatives, everything else must
 * hold. `!=` is the opposite of `=`: it lets through what has no value.
 */
import type { FilterFields, TypedCondition } from '../../contract/conditions.ts';
import { fold } from '../../contract/values.ts';
import type { Cell, JsonMembers } from '../../database/database.ts';
import type { Kind } from './kind.ts';
import { type Operand, operandOf } from './operands.ts';

/** A WHERE under construction: its text and its parameters grow together. */
export class Where {
  readonly params: Cell[];
  readonly #clauses: string[];

  constructor(first: string, params: readonly Cell[]) {
    this.#clauses = [first];
    this.params = [...params];
  }

  /** A parameter's place: `$3`. */
  bind(value: Cell): string {
    this.params.push(value);
    return `$${this.params.length}`;
  }

  and(clause: string): void {
    this.#clauses.push(clause);
  }

  get text(): string {
    return this.#clauses.join(' and ');
  }
}

/** The fields by which a kind's list is filtered. */
export function filterFieldsOf(kind: Kind): FilterFields {
  const declared = Object.entries(kind.fields).flatMap(([name, { filter }]) =>
    filter === undefined ? [] : [[name, filter] as const],
  );
  return {
    id: { type: 'uuid', operators: ['=', '!='] },
    ...Object.fromEntries(declared),
    ...(kind.table === 'document' && { isDeleted: { type: 'boolean', operators: ['=', '!='] } }),
  };
}

/** The keys of objects that references in a filter lead to, by UUID; what does not exist has none. */
export type Keys = ReadonlyMap<string, number>;

/** Adds the conditions, and those that hold unless they are named: not archived, not in the bin. */
export function addConditions(
  where: Where,
  kind: Kind,
  conditions: readonly TypedCondition[],
  keys: Keys,
  json: JsonMembers,
): void {
  const byField = Map.groupBy(conditions, ({ field }) => field);
  for (const [field, own] of byField) {
    const operand = field === 'isDeleted' ? IS_DELETED : operandOf(kind, field, json);
    const clauses = own.map((condition) => ({
      operator: condition.operator,
      sql: clause(where, kind, condition, operand, keys),
    }));
    const equal = clauses.filter(({ operator }) => operator === '=');
    if (equal.length > 0) where.and(`(${equal.map(({ sql }) => sql).join(' or ')})`);
    for (const { operator, sql } of clauses) if (operator !== '=') where.and(sql);
  }
  if (kind.fields.archived !== undefined && !byField.has('archived')) where.and('o.archived = 0');
  if (kind.table === 'document' && !byField.has('isDeleted')) where.and('o.deleted is null');
}

const IS_DELETED: Operand = {
  sql: '(case when o.deleted is null then 0 else 1 end)',
  folded: '(case when o.deleted is null then 0 else 1 end)',
};

function clause(
  where: Where,
  kind: Kind,
  condition: TypedCondition,
  { sql, folded }: Operand,
  keys: Keys,
): string {
  const { operator, value } = condition;
  if (value === null) return emptiness(kind, condition, sql);
  switch (value.type) {
    case 'string':
      if (operator === '=' || operator === '!=') return equality(sql, operator, where.bind(value.value));
      return `${folded} like ${where.bind(pattern(operator, fold(value.value)))} escape '\\'`;
    case 'enum':
    case 'uuid':
      return equality(sql, operator, where.bind(value.value));
    case 'boolean':
      return equality(`coalesce(${sql}, 0)`, operator, where.bind(value.value ? 1 : 0));
    case 'date':
      return within(where, operator, sql, value.value.fromMs, value.value.untilMs);
    case 'number':
      // A fraction beside an integer column: PostgreSQL would read the parameter as an integer.
      return compared(sql, operator, `cast(${where.bind(value.value)} as numeric)`);
    case 'integer':
    case 'quantity':
      return compared(sql, operator, where.bind(value.value));
    case 'reference': {
      const { type, id } = value.value;
      const isColumn = kind.fields[condition.field]?.column !== undefined;
      // No object has the key 0: a reference that leads nowhere finds nothing.
      return equality(sql, operator, where.bind(isColumn ? (keys.get(id) ?? 0) : `${type}/${id}`));
    }
  }
}

/** `field=` and `field!=`: an empty text counts as none. */
function emptiness(kind: Kind, { field, operator }: TypedCondition, sql: string): string {
  const isText = kind.fields[field]?.kept === 'text';
  const isEmpty = isText ? `coalesce(${sql}, '') = ''` : `${sql} is null`;
  return operator === '!=' ? `not (${isEmpty})` : `(${isEmpty})`;
}

function equality(sql: string, operator: TypedCondition['operator'], bound: string): string {
  return operator === '!=' ? `(${sql} <> ${bound} or ${sql} is null)` : `${sql} = ${bound}`;
}

function compared(sql: string, operator: TypedCondition['operator'], bound: string): string {
  if (operator === '=' || operator === '!=') return equality(sql, operator, bound);
  return `${sql} ${operator} ${bound}`;
}

/** A date is the range of instants that it was written for. */
function within(
  where: Where,
  operator: TypedCondition['operator'],
  sql: string,
  fromMs: number,
  untilMs: number,
): string {
  switch (operator) {
    case '!=':
      return `(${sql} < ${where.bind(fromMs)} or ${sql} >= ${where.bind(untilMs)} or ${sql} is null)`;
    case '<':
    case '>=':
      return `${sql} ${operator} ${where.bind(fromMs)}`;
    case '<=':
      return `${sql} < ${where.bind(untilMs)}`;
    case '>':
      return `${sql} >= ${where.bind(untilMs)}`;
    default:
      return `(${sql} >= ${where.bind(fromMs)} and ${sql} < ${where.bind(untilMs)})`;
  }
}

function pattern(operator: TypedCondition['operator'], text: string): string {
  const literally = escaped(text);
  if (operator === '~=') return `${literally}%`;
  if (operator === '=~') return `%${literally}`;
  return `%${literally}%`;
}

/** A text that stands for itself in LIKE. */
export const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');
