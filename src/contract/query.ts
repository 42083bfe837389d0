/**
 * The query string, decoded once (contract: Query language). Each `…Of` reads one parameter by its rules; so a
 * request is refused only for what its path looks at, and in the order in which the path looks.
 */
import { apiError } from './errors.ts';
import { splitOnce } from './href.ts';
import { EXPAND_MAX_ROWS, PAGE_MAX_ROWS } from './limits.ts';
import { decodePiece } from './percent.ts';

/** One parameter, in the order sent. */
export interface Parameter {
  readonly name: string;
  /** Decoded; empty where there is no `=`. */
  readonly value: string;
  /** The whole parameter decoded, name and value: a bare condition is read from it. */
  readonly text: string;
  /** As sent. */
  readonly raw: string;
}

/** A query string, decoded. */
export interface Query {
  readonly parameters: readonly Parameter[];
}

/** A sort key. */
export interface Sort<Field extends string = string> {
  readonly field: Field;
  readonly direction: 'asc' | 'desc';
}

/** A path to expand, in its steps: `owner.group` is `['owner', 'group']`. */
export type ExpandPath = readonly string[];

/** Reads the raw query (without `?`); what cannot be decoded as UTF-8, or holds a NUL, is refused with 1058. */
export function parseQuery(raw: string): Query {
  const parameters = raw
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece): Parameter => {
      const [name, value] = splitOnce(piece, '=');
      return { name: decoded(name), value: decoded(value ?? ''), text: decoded(piece), raw: piece };
    });
  return { parameters };
}

function decoded(raw: string): string {
  const text = decodePiece(raw);
  if (text === undefined || text.includes('\0')) throw apiError(1058);
  return text;
}

/** Every value of a parameter, in order. */
export const allValues = (query: Query, name: string): readonly string[] =>
  query.parameters.filter((each) => each.name === name).map((each) => each.value);

/** The first value of a parameter; undefined where it is absent. */
export const firstValue = (query: Query, name: string): string | undefined =>
  query.parameters.find((each) => each.name === name)?.value;

/** A parameter with a fixed set of values; empty counts as absent, another value is refused with 1084. */
export function choiceOf<Choice extends string>(
  query: Query,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = firstValue(query, name);
  if (value === undefined || value === '') return undefined;
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw apiError(1084, [value, name, choices.join(', ')], { parameter: name });
  return choice;
}

/** Whether the request asks for the asynchronous exchange; a value but `true` and `false` is refused with 1084. */
export const wantsAsync = (query: Query): boolean => {
  const value = firstValue(query, 'async');
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw apiError(1084, [value, 'async', 'true, false'], { parameter: 'async' });
};

/** Whether `limit` or `offset` is given, whatever its value: not allowed beside `async=true` (61001). */
export const namesPage = (query: Query): boolean =>
  query.parameters.some(({ name }) => name === 'limit' || name === 'offset');

/**
 * The window of a list: limit 0 … 1000 (absent and more: 1000), offset from 0, however many digits they have; anything
 * else is refused with 1040.
 */
export function pageOf(query: Query): { readonly limit: number; readonly offset: number } {
  return {
    limit: Math.min(wholeNumberOf(query, 'limit') ?? PAGE_MAX_ROWS, PAGE_MAX_ROWS),
    offset: wholeNumberOf(query, 'offset') ?? 0,
  };
}

function wholeNumberOf(query: Query, name: string): number | undefined {
  const value = firstValue(query, name);
  if (value === undefined || value === '') return undefined;
  if (!/^\+?\d+$/.test(value.trim())) throw apiError(1040, [name], { parameter: name });
  // Beyond every list, as the number that was written is.
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

/** The sort keys; a field outside `sortable` is refused with 1063, a direction but asc and desc with 1042. */
export function orderOf<Field extends string>(
  query: Query,
  sortable: readonly Field[],
): readonly Sort<Field>[] {
  const keys = allValues(query, 'order').flatMap((value) => value.split(';'));
  return keys.filter((key) => key.trim() !== '').map((key) => sortOf(key, sortable));
}

function sortOf<Field extends string>(key: string, sortable: readonly Field[]): Sort<Field> {
  const [name = '', direction = 'asc'] = splitOnce(key, ',').map((part) => part?.trim());
  const field = sortable.find((each) => each === name);
  if (field === undefined) throw apiError(1063, [name], { parameter: 'order' });
  if (direction !== 'asc' && direction !== 'desc') {
    throw apiError(1042, [direction, field, 'asc, desc'], { parameter: 'order' });
  }
  return { field, direction };
}

/** The text to search for; empty counts as absent. */
export const searchOf = (query: Query): string | undefined =>
  firstValue(query, 'search')?.trim() || undefined;

/**
 * The paths to expand. In a list they count only with an explicit `limit` of at most 100: without one the default is
 * 1000, so they are ignored, with no error (contract: Query language). A single object expands always.
 */
export function expandOf(query: Query, of: 'list' | 'object'): readonly ExpandPath[] {
  if (of === 'list' && pageOf(query).limit > EXPAND_MAX_ROWS) return [];
  return allValues(query, 'expand')
    .flatMap((value) => value.split(','))
    .map((path) => path.trim())
    .filter((path) => path !== '')
    .map((path) => path.split('.').map((step) => step.trim()));
}

/** The value of `fields`, under the same rule as `expand`: several are refused with 3042, an unknown one with 3043. */
export function fieldsOf<Field extends string>(
  query: Query,
  of: 'list' | 'object',
  known: readonly Field[],
): Field | undefined {
  if (of === 'list' && pageOf(query).limit > EXPAND_MAX_ROWS) return undefined;
  const named = allValues(query, 'fields')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (named.length > 1) throw apiError(3042, [], { parameter: 'fields' });
  const [name] = named;
  if (name === undefined) return undefined;
  const field = known.find((each) => each === name);
  if (field === undefined) throw apiError(3043, [name], { parameter: 'fields' });
  return field;
}
