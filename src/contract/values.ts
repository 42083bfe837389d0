/**
 * Numbers, uuids and texts as the API reads and writes them (contract: Reports, What the numbers mean; Documents).
 * Quantities and prices are integers scaled by 10⁴ inside ("E4"), so that nothing is ever lost to binary fractions.
 */
const SCALE = 10_000;
const SCALE_DIGITS = 4;
/** Beyond it integers are no longer exact: about 900 thousand million units, or minor units of a price. */
export const E4_MAX = Number.MAX_SAFE_INTEGER;

/** Up to 15 digits a double tells every decimal from its neighbours. */
const TOLD_APART_MAX = 1e15;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of a UUID, in either case. */
export const isUuid = (text: string): boolean => UUID.test(text);

/**
 * A JSON number scaled by 10⁴, exactly as it was written: 33.6 is 336000. More than 4 decimals are rounded, halves
 * away from zero. Undefined where it is not finite or beyond `E4_MAX`. (Above 10¹¹ a JSON number itself no longer
 * tells 4 decimals apart: then it is the shortest of those that it may mean.)
 */
export function toE4(value: number): number | undefined {
  const scaled = Math.round(value * SCALE);
  // The quotient of two exact integers is the double nearest to that decimal: the very number that was read.
  if (Math.abs(scaled) <= TOLD_APART_MAX && scaled / SCALE === value) return scaled + 0;
  return Number.isFinite(value) ? parseE4(String(value)) : undefined;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** A decimal text scaled by 10⁴, by the rules of `toE4`; undefined where it is no number. */
export function parseE4(text: string): number | undefined {
  const match = DECIMAL.exec(text.trim());
  const [, sign, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || whole + fraction === '') return undefined;
  const digits = whole + fraction;
  // How many of the digits stand before the point once the number is scaled.
  const kept = whole.length + Number(exponent) + SCALE_DIGITS;
  if (kept < 0) return 0;
  const magnitude = digits.slice(0, kept).padEnd(Math.min(kept, digits.length + 400), '0');
  const roundsUp = (digits[kept] ?? '0') >= '5';
  const scaled = Number(magnitude) + (roundsUp ? 1 : 0);
  if (scaled > E4_MAX) return undefined;
  return sign === '-' && scaled !== 0 ? -scaled : scaled;
}

/** The shortest decimal of a number scaled by 10⁴, as JSON writes it: 336000 is `33.6`. */
export function decimalText(e4: number): string {
  const magnitude = Math.abs(e4);
  const fraction = magnitude % SCALE;
  const whole = `${e4 < 0 ? '-' : ''}${(magnitude - fraction) / SCALE}`;
  if (fraction === 0) return whole;
  return `${whole}.${String(fraction).padStart(SCALE_DIGITS, '0').replace(/0+$/, '')}`;
}

/**
 * The twin of a text by which it is searched without regard to case: NFC, lower case. Made here and stored, because
 * the lower case of the engines differs (SQLite's leaves Cyrillic alone).
 */
export const fold = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC');
