/**
 * What conditions mean: fields as declared by a path, values with their types, and the rules of several conditions
 * on one field (contract: Query language).
 */
import { type ApiError, apiError, type Words } from './errors.ts';
import type { Condition, Operator } from './filter.ts';
import { parseHref, type Target } from './href.ts';
import { isBeforeFilterDates, type MomentRange, parseMoment, rangeOf } from './moments.ts';
import { isUuid, parseE4 } from './values.ts';
import { UTC, type Zone } from './zones.ts';

/** How the values of a field are read. `quantity` is scaled by 10⁴; `uuid` is a bare id, `reference` an href. */
export type FieldType =
  | 'string'
  | 'number'
  | 'integer'
  | 'quantity'
  | 'date'
  | 'boolean'
  | 'enum'
  | 'uuid'
  | 'reference';

/** A field that a path lets filter by. */
export interface FilterField {
  readonly type: FieldType;
  readonly operators: readonly Operator[];
  /** Of an enum: its values. */
  readonly values?: readonly string[];
  /** Of an enum: its values match in any case; the declared spelling is handed on. */
  readonly anyCase?: boolean;
  /** Of a reference: the types it may lead to; any where absent. */
  readonly kinds?: readonly string[];
  /** At most one condition; a second one is refused with 1030. */
  readonly single?: boolean;
  /** `field=` and `field!=` ask for empty and present; where this is `refused` they are errors. */
  readonly empty?: 'refused';
}

export type FilterFields<Field extends string = string> = Readonly<Record<Field, FilterField>>;

/**
 * A value by its field's type; `null` for empty. A date is the range of instants it stands for: `=` is inside it,
 * `<` before `fromMs`, `<=` before `untilMs`, `>` from `untilMs` on, `>=` from `fromMs` on.
 */
export type TypedValue =
  | null
  | { readonly type: 'string' | 'enum' | 'uuid'; readonly value: string }
  | { readonly type: 'number' | 'integer' | 'quantity'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'date'; readonly value: MomentRange }
  | { readonly type: 'reference'; readonly value: Target };

/** A condition whose field is known and whose value has been read. */
export interface TypedCondition<Field extends string = string> {
  readonly field: Field;
  readonly operator: Operator;
  readonly value: TypedValue;
  readonly position: number;
}

const INEQUALITIES: readonly Operator[] = ['<', '>', '<=', '>='];

/**
 * Reads conditions by the declared fields. Refused are an unknown field, an operator that the field does not have, an
 * equality beside an inequality (1034), a value of the wrong type (1014), outside its list (1041), no date (1035).
 * Of several equal inequalities on one field only the first is kept.
 */
export function checkConditions<Field extends string>(
  conditions: readonly Condition[],
  fields: FilterFields<Field>,
  zone: Zone = UTC,
): readonly TypedCondition<Field>[] {
  const seen = new Map<string, Set<Operator>>();
  const typed: TypedCondition<Field>[] = [];
  const isField = (name: string): name is Field => Object.hasOwn(fields, name);
  for (const condition of conditions) {
    const { field, operator, position } = condition;
    if (!isField(field)) throw filterError(condition, unknownField(condition, fields));
    const declared = fields[field];
    if (!declared.operators.includes(operator))
      throw filterError(condition, badOperator(condition, declared));
    const value = typedValue(condition, declared, zone);
    const before = seen.get(field) ?? new Set();
    checkTogether(condition, declared, before);
    const repeated = INEQUALITIES.includes(operator) && before.has(operator);
    seen.set(field, before.add(operator));
    if (!repeated) typed.push({ field, operator, value, position });
  }
  return typed;
}

function checkTogether(condition: Condition, declared: FilterField, before: ReadonlySet<Operator>): void {
  const { field, operator } = condition;
  if (declared.single === true && before.size > 0) throw apiError(1030, [field], { parameter: field });
  const clashes =
    operator === '='
      ? INEQUALITIES.some((each) => before.has(each))
      : INEQUALITIES.includes(operator) && before.has('=');
  if (clashes) throw filterError(condition, equalityBesideInequality(field));
}

function typedValue(condition: Condition, declared: FilterField, zone: Zone): TypedValue {
  const { operator, value } = condition;
  if (value === '' && (operator === '=' || operator === '!=')) {
    if (declared.empty === 'refused') throw filterError(condition, emptyValue(condition));
    return null;
  }
  const read = READERS[declared.type](condition, declared, zone);
  if (read === undefined) throw apiError(1014, [value, condition.field], { parameter: condition.field });
  return read;
}

/** Reads a value; undefined where it has the wrong type. */
type Reader = (condition: Condition, declared: FilterField, zone: Zone) => TypedValue | undefined;

const READERS: Readonly<Record<FieldType, Reader>> = {
  string: ({ value }) => ({ type: 'string', value }),
  number: ({ value }) => {
    const number = /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
    // A whole number beyond 2^53 is not the one that was written; nothing that is kept equals it.
    const isExact = Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number));
    return isExact ? { type: 'number', value: number } : undefined;
  },
  integer: ({ value }) => {
    const number = /^[+-]?\d+$/.test(value.trim()) ? Number(value) : Number.NaN;
    return Number.isSafeInteger(number) ? { type: 'integer', value: number } : undefined;
  },
  quantity: ({ value }) => {
    const e4 = parseE4(value);
    return e4 === undefined ? undefined : { type: 'quantity', value: e4 };
  },
  date: ({ field, value }, _declared, zone) => {
    const moment = parseMoment(value, zone);
    if (moment === undefined || isBeforeFilterDates(value))
      throw apiError(1035, [value], { parameter: field });
    return { type: 'date', value: rangeOf(moment) };
  },
  boolean: ({ value }) => {
    const text = value.trim().toLowerCase();
    return text === 'true' || text === 'false' ? { type: 'boolean', value: text === 'true' } : undefined;
  },
  enum: ({ field, value }, { values = [], anyCase }) => {
    const same = anyCase === true ? (each: string) => each.toLowerCase() === value.toLowerCase() : undefined;
    const known = values.find(same ?? ((each) => each === value));
    if (known === undefined) throw apiError(1041, [value, field, values.join(', ')], { parameter: field });
    return { type: 'enum', value: known };
  },
  uuid: ({ value }) =>
    isUuid(value.trim()) ? { type: 'uuid', value: value.trim().toLowerCase() } : undefined,
  reference: ({ value }, { kinds }) => {
    const target = parseHref(value.trim());
    if (target === undefined || kinds?.includes(target.type) === false) return undefined;
    return { type: 'reference', value: target };
  },
};

function filterError(condition: Condition, words: Words): ApiError {
  return apiError(1034, [words], { parameter: condition.field });
}

const unknownField = ({ field, position }: Condition, fields: FilterFields): Words => {
  const known = Object.keys(fields).join(', ') || '–';
  return {
    en: `unknown field "${field}" at character ${position}; known are: ${known}`,
    ru: `неизвестное поле «${field}», символ ${position}; известны: ${known}`,
  };
};

const badOperator = ({ field, operator, position }: Condition, { operators }: FilterField): Words => ({
  en: `field "${field}" at character ${position} does not have the operator ${operator}; it has: ${operators.join(' ')}`,
  ru: `у поля «${field}», символ ${position}, нет оператора ${operator}; допустимы: ${operators.join(' ')}`,
});

const equalityBesideInequality = (field: string): Words => ({
  en: `"=" on field "${field}" does not go together with <, >, <= or >=`,
  ru: `для поля «${field}» оператор «=» несовместим с <, >, <= и >=`,
});

const emptyValue = ({ field, position }: Condition): Words => ({
  en: `field "${field}" at character ${position} needs a value`,
  ru: `для поля «${field}», символ ${position}, нужно значение`,
});
