/**
 * Request bodies: JSON with the limits of the API, and errors that name line and column (contract: Encoding; The
 * error codes, Format of the body).
 */
import { ApiError, apiError, type Problem, type ProblemDetails, type Words } from './errors.ts';
import { findMistake, isDeeperThan, type Mistake, placeAt, placesOf } from './json-places.ts';
import { BULK_MAX_OBJECTS, NESTED_MAX_ELEMENTS, NESTING_MAX_DEPTH } from './limits.ts';

/** A value as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** A body that was read, and its text: errors found later take their places from it. */
export interface Body {
  readonly value: JsonObject | readonly JsonObject[];
  readonly text: string;
}

/**
 * Reads a body: an object or an array of objects, at most 10 deep, 1000 elements to an array. An empty one is no
 * body: undefined. Refused with 2000, 2001 … 2007, 2017 or 2022 and the place of the mistake.
 */
export function readBody(bytes: Uint8Array): Body | undefined {
  const text = decode(bytes);
  if (text.trim() === '') return undefined;
  // Before parsing: 20 MB of nothing but brackets would keep JSON.parse, and with it the server, busy for 10 s.
  if (isDeeperThan(text, NESTING_MAX_DEPTH)) throw malformed(text);
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed(text);
    throw error;
  }
  const refusal = checkTop(value, MAY_HOLD_UNSTORABLE.test(text));
  if (refusal !== undefined) throw withPlaces([refusal], text)[0] ?? refusal;
  // checkTop has seen to it.
  return { value: value as Body['value'], text };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const lossy = new TextDecoder().decode(bytes);
    const { line, column } = placeAt(lossy, Math.max(0, lossy.indexOf('\uFFFD')));
    throw apiError(2001, [NOT_UTF8], { line, column });
  }
}

const NOT_UTF8: Words = { en: 'the text is not UTF-8', ru: 'текст не в кодировке UTF-8' };

function malformed(text: string): ApiError {
  const mistake = findMistake(text, NESTING_MAX_DEPTH);
  if (mistake === undefined) return apiError(2001, [{ en: 'unreadable', ru: 'не читается' }]);
  const { line, column } = placeAt(text, mistake.offset);
  return mistakeError(mistake, { line, column });
}

function mistakeError({ kind, found }: Mistake, place: ProblemDetails): ApiError {
  if (kind === 'arrayWithoutName') return apiError(2002, [], place);
  if (kind === 'objectWithoutName') return apiError(2003, [], place);
  if (kind === 'tooDeep') return apiError(2006, [], place);
  const shown = found === undefined ? '' : JSON.stringify(found).slice(1, -1);
  const { line, column } = place;
  const words: Words =
    found === undefined
      ? {
          en: `it ends too early, at line ${line}, column ${column}`,
          ru: `текст обрывается, строка ${line}, столбец ${column}`,
        }
      : {
          en: `unexpected "${shown}" at line ${line}, column ${column}`,
          ru: `неожиданный символ «${shown}», строка ${line}, столбец ${column}`,
        };
  return apiError(2001, [words], place);
}

function checkTop(value: Json, mayHoldUnstorable: boolean): ApiError | undefined {
  if (value === null || typeof value !== 'object') return apiError(2005, [], { path: [] });
  if (isArray(value)) {
    if (value.length > BULK_MAX_OBJECTS) return apiError(2007, [], { path: [BULK_MAX_OBJECTS] });
    const wrong = value.findIndex((each) => each === null || typeof each !== 'object' || isArray(each));
    if (wrong >= 0) return apiError(isArray(value[wrong]) ? 2004 : 2000, [], { path: [wrong] });
  }
  const path: (string | number)[] = [];
  const fault = findFault(value, path, mayHoldUnstorable);
  if (fault === undefined) return undefined;
  if (fault !== 2017) return apiError(fault, [], { path });
  const parameter = path.findLast((step) => typeof step === 'string');
  return apiError(2017, [UNSTORABLE], { path, parameter });
}

const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** The first fault below a value; `path` leads to it afterwards and is built only then. */
function findFault(value: Json, path: (string | number)[], inTexts: boolean): 2004 | 2017 | 2022 | undefined {
  if (typeof value === 'string') return inTexts && !isStorable(value) ? 2017 : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  if (!isArray(value)) {
    for (const name in value) {
      const fault = findFault(value[name] ?? null, path, inTexts);
      if (fault !== undefined) return at(name, path, fault);
    }
    return undefined;
  }
  if (value.length > NESTED_MAX_ELEMENTS) return at(NESTED_MAX_ELEMENTS, path, 2022);
  const inner = value.findIndex(isArray);
  if (inner >= 0) return at(inner, path, 2004);
  for (const [index, element] of value.entries()) {
    const fault = findFault(element, path, inTexts);
    if (fault !== undefined) return at(index, path, fault);
  }
  return undefined;
}

function at<Fault>(step: string | number, path: (string | number)[], fault: Fault): Fault {
  path.unshift(step);
  return fault;
}

/** PostgreSQL keeps neither a NUL nor half of a surrogate pair, and the two engines must agree. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Only an escape can bring one of them into a body that is UTF-8 and JSON. */
const MAY_HOLD_UNSTORABLE = /\\u(?:0000|d[89a-f])/i;

const UNSTORABLE: Words = {
  en: 'a text holds the character U+0000 or half of a surrogate pair',
  ru: 'текст содержит символ U+0000 или половину суррогатной пары',
};

/**
 * The same errors with line and column for every problem that has a path in the body and no place yet; an error of its
 * format (2000-2029) that names no path is about the whole of it. One pass over the text, however many errors a bulk
 * request has.
 */
export function withPlaces(errors: readonly ApiError[], text: string): readonly ApiError[] {
  const missing = errors.flatMap(({ problems }) => problems.filter(lacksPlace));
  if (missing.length === 0) return errors;
  const places = placesOf(
    text,
    missing.map(({ path }) => path ?? []),
  );
  const placed = new Map(missing.map((each, index) => [each, places[index]]));
  return errors.map((error) => {
    if (!error.problems.some(lacksPlace)) return error;
    const [first, ...others] = error.problems.map((each): Problem => {
      const place = placed.get(each);
      return place === undefined ? each : { ...each, line: place.line, column: place.column };
    });
    return first === undefined ? error : new ApiError([first, ...others], { cause: error });
  });
}

const lacksPlace = ({ code, path, line }: Problem): boolean =>
  line === undefined && (path !== undefined || (code >= 2000 && code < 3000));
