/**
 * The filter language, as text (contract: Query language): conditions `field operator value` joined by `;`. What a
 * field may be and what its values mean is `conditions.ts`.
 *
 * `\;` is a semicolon inside a value, every other backslash is itself. A field's name ends at the first operator,
 * unless it is the href of an attribute or a characteristic; of operators that begin alike the longest counts.
 */
import { type ApiError, apiError, type Words } from './errors.ts';
import type { Query } from './query.ts';

/** Longest first, so that `>=` is not read as `>`. */
export const OPERATORS = ['>=', '<=', '!=', '~=', '=~', '!~', '=', '>', '<', '~'] as const;
export type Operator = (typeof OPERATORS)[number];

/** One condition as written. */
export interface Condition {
  readonly field: string;
  readonly operator: Operator;
  /** Unescaped; empty for `field=` and `field!=`. */
  readonly value: string;
  /** Where it begins in its filter parameter, in characters from 1. */
  readonly position: number;
}

/** Which bare parameters count as conditions: all, or only those behind the first `filter` (contract: Reports). */
export type BarePlace = 'anywhere' | 'afterFilter';

/** The bare parameters that a path accepts as conditions. */
export interface Bare {
  readonly fields: readonly string[];
  readonly place: BarePlace;
}

/**
 * The conditions of a query: of every `filter` parameter and, where a path accepts them, of the bare parameters
 * whose name begins with a field followed by an operator (`&deletionDate<2021-02-16 16:21:09`), in their order.
 */
export function filterOf(query: Query, bare?: Bare): readonly Condition[] {
  const bareParameters = new Set(bare === undefined ? [] : bareConditions(query, bare));
  return query.parameters.flatMap((parameter) => {
    if (parameter.name === 'filter') return parseFilter(parameter.value);
    return bareParameters.has(parameter) ? parseFilter(parameter.text) : [];
  });
}

/** The parameters of a query that are conditions written without `filter=`. */
export function bareConditions(query: Query, { fields, place }: Bare): Query['parameters'] {
  const firstFilter = query.parameters.findIndex(({ name }) => name === 'filter');
  const names = new Set(fields);
  return query.parameters.filter((parameter, index) => {
    if (parameter.name === 'filter') return false;
    if (place === 'afterFilter' && (firstFilter < 0 || index < firstFilter)) return false;
    const split = splitCondition(parameter.text);
    return split !== undefined && names.has(split.field);
  });
}

/**
 * The raw query with bare conditions moved into `filter=`, joined by `;`: what `meta.href` of the list of tasks shows
 * for the spelling of its own documentation (async.md §4). Unchanged where there are none.
 */
export function joinedQuery(query: Query, bare: Bare): string {
  const moved = bareConditions(query, bare);
  const kept = query.parameters.filter((each) => !moved.includes(each));
  if (moved.length === 0) return kept.map(({ raw }) => raw).join('&');
  const last = kept.findLastIndex(({ name }) => name === 'filter');
  const sent = kept[last];
  let raw = sent?.raw ?? 'filter=';
  let ended = sent === undefined || endsCondition(sent.value);
  for (const each of moved) {
    raw += (ended ? '' : ';') + each.raw;
    ended = endsCondition(each.text);
  }
  const pieces = kept.map((each) => (each === sent ? raw : each.raw));
  return (sent === undefined ? [...pieces, raw] : pieces).join('&');
}

/** Whether the next condition may follow without a semicolon. */
const endsCondition = (text: string): boolean => /^$|(?:^|[^\\]);$/.test(text);

/** Reads one filter text; an empty condition in the middle and one without an operator are refused with 1034. */
export function parseFilter(text: string): readonly Condition[] {
  return splitAtSemicolons(text).map(({ text: each, position }) => {
    const split = splitCondition(each);
    if (split === undefined) throw unreadable(each, position);
    return { ...split, value: split.value.replaceAll('\\;', ';'), position };
  });
}

/** The parts between the semicolons that are not escaped; nothing behind the last one is no part. */
function splitAtSemicolons(text: string): readonly { text: string; position: number }[] {
  const parts: { text: string; position: number }[] = [];
  let start = 0;
  for (let at = text.indexOf(';'); at >= 0; at = text.indexOf(';', at + 1)) {
    if (text[at - 1] === '\\') continue;
    parts.push({ text: text.slice(start, at), position: start + 1 });
    start = at + 1;
  }
  if (text.slice(start).trim() !== '') parts.push({ text: text.slice(start), position: start + 1 });
  return parts;
}

const HREF_FIELD = /^\s*https?:\/\/[^;]*?\/(?:attributes|characteristics)\/[0-9a-f-]{36}(?![0-9a-f-])/i;
const OPERATOR_START = /[=<>~]|![=~]/;

interface Split {
  readonly field: string;
  readonly operator: Operator;
  readonly value: string;
}

function splitCondition(text: string): Split | undefined {
  const href = HREF_FIELD.exec(text)?.[0] ?? '';
  const found = text.slice(href.length).search(OPERATOR_START);
  if (found < 0) return undefined;
  const end = href.length + found;
  const operator = OPERATORS.find((each) => text.startsWith(each, end));
  const field = text.slice(0, end).trim();
  if (operator === undefined || field === '') return undefined;
  return { field, operator, value: text.slice(end + operator.length) };
}

/** A 1034 that names the place of the mistake. */
function unreadable(condition: string, position: number): ApiError {
  const found = condition.trim();
  return apiError(1034, [found === '' ? emptyAt(position) : noOperatorIn(found, position)], {
    parameter: 'filter',
  });
}

const emptyAt = (position: number): Words => ({
  en: `empty condition at character ${position}`,
  ru: `пустое условие, символ ${position}`,
});

const noOperatorIn = (found: string, position: number): Words => ({
  en: `"${found}" at character ${position} is no condition; write field, operator (${OPERATORS.join(' ')}), value`,
  ru: `«${found}», символ ${position}, не условие; укажите поле, оператор (${OPERATORS.join(' ')}), значение`,
});
