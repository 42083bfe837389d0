/** Values on their way into and out of PostgreSQL: the same that SQLite gives. */
import type { CustomTypesConfig } from 'pg';
import type { Cell } from '../database.ts';

type Parse = (text: string) => Cell;

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) && Number.isInteger(value))
    throw new RangeError(`${text} is beyond the integers that a number keeps exactly`);
  return value;
}

/** `sum` of integers comes as numeric, `avg` with digits after the point. */
const PARSERS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [16, (text) => (text === 't' ? 1 : 0)],
  [17, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))],
  [20, integer],
  [21, Number],
  [23, Number],
  [26, Number],
  [700, Number],
  [701, Number],
  [1700, integer],
]);

const asText: Parse = (text) => text;

/** Integers and reals as numbers, booleans as 0 and 1, bytes; everything else as the text that it is. */
export const cellTypes: CustomTypesConfig = {
  getTypeParser: (oid: number) => PARSERS.get(oid) ?? asText,
};

/** A value as `pg` may bind it; what SQLite would refuse is refused here too. */
export function bindable(value: unknown): null | number | string | Buffer {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return exact(value);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) return value.getTime();
  throw new TypeError(`cannot bind a ${typeof value}: expected null, number, text or bytes`);
}

function exact(value: number): number {
  if (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))) return value;
  throw new RangeError(`cannot bind ${value}: it is not a number that both engines keep exactly`);
}

/** One column of many rows as an array literal for `unnest`. */
export function arrayLiteral(values: Iterable<Cell | undefined>): string {
  return `{${Array.from(values, element).join(',')}}`;
}

function element(value: Cell | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number') return String(exact(value));
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  return `"\\\\x${Buffer.from(value).toString('hex')}"`;
}
