/** Conditions on objects as `database/conditions.ts` takes them: what each field compares, and by what value. */
import type { FilterFields, TypedCondition } from '../../contract/conditions.ts';
import { fold } from '../../contract/values.ts';
import type { Condition } from '../../database/conditions.ts';
import type { JsonMembers } from '../../database/database.ts';
import type { Kind } from './kind.ts';
import { operandOf } from './operands.ts';
import { inOneLine } from './twins.ts';

/** The fields by which a kind's list is filtered. */
export function filterFieldsOf(kind: Kind): FilterFields {
  const declared = Object.entries(kind.fields).flatMap(([name, { filter }]) =>
    filter === undefined ? [] : [[name, filter] as const],
  );
  return {
    id: { type: 'uuid', operators: ['=', '!='] },
    ...(kind.accountId === 'filtered' && { accountId: { type: 'uuid', operators: ['=', '!='] } }),
    ...Object.fromEntries(declared),
    ...(kind.table === 'document' && { isDeleted: { type: 'boolean', operators: ['=', '!='] } }),
  };
}

/** The keys of objects that references in a filter lead to, by UUID; what does not exist has none. */
export type Keys = ReadonlyMap<string, number>;

/** What conditions are about beside the objects themselves. */
export interface Surroundings {
  readonly keys: Keys;
  /** UUID of the account that asks: all objects that it sees are its own. */
  readonly accountId: string;
  readonly json: JsonMembers;
}

/** The conditions, and those that hold unless they are named: not archived, not in the bin. */
export function conditionsOf(
  kind: Kind,
  typed: readonly TypedCondition[],
  around: Surroundings,
): readonly Condition[] {
  const named = new Set(typed.map(({ field }) => field));
  return [
    ...typed.map((each) => conditionOf(kind, each, around)),
    ...(kind.fields.archived !== undefined && !named.has('archived') ? [NOT_ARCHIVED] : []),
    ...(kind.table === 'document' && !named.has('isDeleted') ? [NOT_DELETED] : []),
  ];
}

const NOT_ARCHIVED: Condition = { expression: 'o.archived', type: 'number', operator: '=', value: 0 };
const NOT_DELETED: Condition = { expression: 'o.deleted', type: 'number', operator: '=', value: null };
const IS_DELETED = '(case when o.deleted is null then 0 else 1 end)';

function conditionOf(
  kind: Kind,
  { field, operator, value }: TypedCondition,
  { keys, accountId, json }: Surroundings,
): Condition {
  if (field === 'isDeleted') {
    const isTrue = value?.type === 'boolean' && value.value;
    return { expression: IS_DELETED, type: 'number', operator, value: isTrue ? 1 : 0 };
  }
  if (field === 'accountId') {
    const wanted = value?.type === 'uuid' ? value.value : null;
    return { expression: `cast('${accountId}' as text)`, type: 'text', operator, value: wanted };
  }
  const { sql, folded } = operandOf(kind, field, json);
  const declared = kind.fields[field];
  const isList = declared?.textsIn !== undefined;
  const type = isList ? 'lines' : declared?.kept === 'integer' ? 'number' : 'text';
  if (value === null) return { expression: sql, type, operator, value };
  switch (value.type) {
    case 'string': {
      const isExact = operator === '=' || operator === '!=';
      const text = isList ? inOneLine(value.value) : value.value;
      return isExact
        ? { expression: sql, type, operator, value: text }
        : { expression: folded, type, operator, value: fold(text) };
    }
    case 'boolean':
      return { expression: `coalesce(${sql}, 0)`, type, operator, value: value.value ? 1 : 0 };
    case 'date':
      return {
        expression: sql,
        type,
        operator,
        value: { from: value.value.fromMs, until: value.value.untilMs },
      };
    case 'reference': {
      const { type: leadsTo, id } = value.value;
      const isColumn = declared?.column !== undefined;
      // No object has the key 0: a reference that leads nowhere finds nothing.
      return { expression: sql, type, operator, value: isColumn ? (keys.get(id) ?? 0) : `${leadsTo}/${id}` };
    }
    default:
      return { expression: sql, type, operator, value: value.value };
  }
}
