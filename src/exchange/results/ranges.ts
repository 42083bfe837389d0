/** Byte ranges of one representation (RFC 9110, 14). */

export type RangeWish =
  /** No range, several, or one that cannot be read: the whole, as the RFC allows. */
  | { readonly kind: 'whole' }
  /** Bytes [start, end), never empty. */
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  /** Lies outside. */
  | { readonly kind: 'unsatisfiable' };

const WHOLE: RangeWish = { kind: 'whole' };
const UNSATISFIABLE: RangeWish = { kind: 'unsatisfiable' };
/** One range; the unit in any case. */
const SINGLE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/** What a `Range` header asks of a representation of `size` bytes. */
export function parseRange(header: string | undefined, size: number): RangeWish {
  const match = SINGLE.exec(header ?? '');
  const first = match?.[1] ?? '';
  const last = match?.[2] ?? '';
  if (first === '' && last === '') return WHOLE;
  if (first === '') {
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? UNSATISFIABLE : { kind: 'part', start: size - suffix, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return WHOLE;
  if (start >= size) return UNSATISFIABLE;
  return { kind: 'part', start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}
