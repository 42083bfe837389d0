/** Values on their way into SQLite, and `$n` parameters in its own spelling. */
import type { SQLInputValue } from 'node:sqlite';

/**
 * A value as `node:sqlite` may bind it. It binds every JS number as a REAL (so `7 / $1` would not be an integer
 * division, and `'a' || $1` would give `a1.0`): whole numbers go as BigInt, which is also faster (measured: 245
 * against 306 ms for 200,000 rows). A Date as first argument would be taken for named parameters.
 */
export function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'number') return wholeOrReal(value);
  if (typeof value === 'string' || value === null || value instanceof Uint8Array) return value;
  if (typeof value === 'bigint') return value;
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (value instanceof Date) return BigInt(value.getTime());
  throw new TypeError(`cannot bind a ${typeof value}: expected null, number, text or bytes`);
}

function wholeOrReal(value: number): bigint | number {
  if (Number.isSafeInteger(value)) return BigInt(value);
  if (Number.isFinite(value) && !Number.isInteger(value)) return value;
  throw new RangeError(`cannot bind ${value}: it is not a number that both engines keep exactly`);
}

const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\d+)/g;

/**
 * `$1` as SQLite reads it, and how many parameters the text takes. Parameters that stand in order become plain `?`:
 * looking up the name of each `?n` costs a third of a wide insert.
 */
export function positional(text: string): { readonly text: string; readonly parameters: number } {
  const numbers = [...text.matchAll(TOKENS)].flatMap(([, number]) => (number ? [Number(number)] : []));
  const inOrder = numbers.every((number, index) => number === index + 1);
  const replaced = text.replace(TOKENS, (token, number?: string) => {
    if (number === undefined) return token;
    return inOrder ? '?' : `?${number}`;
  });
  return { text: replaced, parameters: Math.max(0, ...numbers) };
}
