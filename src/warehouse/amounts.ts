/**
 * Exact amounts as scaled integers: quantities, prices in minor units and percents × 10^4, sums in minor units.
 * Halves are rounded away from zero. Binary floats appear only where JSON is read and written.
 */

/** Units of a scaled amount in one: four decimals. */
export const SCALE = 10_000;

/** Greatest scaled amount that JSON's doubles still carry with all four decimals (their step there is 6.1e-5). */
export const SCALED_MAX = 5_000_000_000_000_000;

const HUNDRED_PERCENT = 100 * SCALE;

/**
 * A number as JSON has it, × 10^4, its decimals beyond the fourth rounded by their written digits: 1.00005 becomes
 * 10001, whatever double stands for it. Undefined beyond `SCALED_MAX` and for what is no finite number.
 */
export function toScaled(value: number): number | undefined {
  const scaled = Math.round(value * SCALE);
  // The product's rounding error is a matter of the last bits: a value of four decimals comes back as itself.
  const exact = (scaled / SCALE === value ? scaled : scaleDigits(value)) + 0;
  return Math.abs(exact) <= SCALED_MAX ? exact : undefined;
}

/** The number that JSON writes for a scaled amount. */
export const fromScaled = (scaled: number): number => scaled / SCALE;

/** By the shortest decimal digits of the double, which are those that were sent. */
function scaleDigits(value: number): number {
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  if (match === null) return Number.NaN;
  const [, sign, whole = '', fraction = '', exponent] = match;
  const digits = whole + fraction;
  // Digits before the decimal point once the value is scaled.
  const integerDigits = whole.length + Number(exponent) + 4;
  if (integerDigits < 0) return 0;
  const kept = Number(digits.slice(0, integerDigits).padEnd(integerDigits, '0'));
  const isRoundedUp = (digits[integerDigits] ?? '0') >= '5';
  return (sign === '-' ? -1 : 1) * (kept + (isRoundedUp ? 1 : 0));
}

/**
 * Sum of a position in minor units: price × quantity × (1 − discount/100), rounded (contract: Rules that matter).
 * All three × 10^4; the discount is in percent, negative for a mark-up. Not a safe integer where the sum is beyond 2^53.
 */
export function positionSum(price: number, quantity: number, discount = 0): number {
  const product = price * quantity;
  if (discount === 0 && Number.isSafeInteger(product)) return roundedQuotient(product, SCALE * SCALE);
  const numerator = BigInt(price) * BigInt(quantity) * BigInt(HUNDRED_PERCENT - discount);
  return Number(roundedBigQuotient(numerator, BigInt(SCALE * SCALE) * BigInt(HUNDRED_PERCENT)));
}

/** Exact for safe integers: the remainder decides, not a fraction. */
function roundedQuotient(numerator: number, denominator: number): number {
  const magnitude = Math.abs(numerator);
  const remainder = magnitude % denominator;
  const quotient = (magnitude - remainder) / denominator + (remainder * 2 >= denominator ? 1 : 0);
  // The sum of −0 and 0 is 0.
  return (numerator < 0 ? -quotient : quotient) + 0;
}

function roundedBigQuotient(numerator: bigint, denominator: bigint): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const quotient = (magnitude * 2n + denominator) / (denominator * 2n);
  return numerator < 0n ? -quotient : quotient;
}
