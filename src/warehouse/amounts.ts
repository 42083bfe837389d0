/**
 * Exact arithmetic with amounts: quantities, prices in minor units and percents are integers × 10^4 ("E4"), sums are
 * minor units. Halves are rounded away from zero.
 */
import { toE4 } from '../contract/values.ts';

/** Units of a scaled amount in one: four decimals. */
export const E4 = 10_000;

/** Greatest amount × 10^4 that the doubles of JSON still carry with all four decimals: their step there is 6.1e-5. */
export const AMOUNT_MAX_E4 = 5_000_000_000_000_000;

const HUNDRED_PERCENT_E4 = 100 * E4;

/** A number as JSON has it × 10^4, rounded to four decimals; undefined beyond `AMOUNT_MAX_E4`. */
export function amountE4(value: number): number | undefined {
  const scaled = toE4(value);
  return scaled !== undefined && Math.abs(scaled) <= AMOUNT_MAX_E4 ? scaled : undefined;
}

/** The number that JSON writes for an amount. */
export const fromE4 = (amount: number): number => amount / E4;

/**
 * Sum of a position in minor units: price × quantity × (1 − discount/100), rounded (contract: Rules that matter).
 * The discount is in percent, negative for a mark-up. No safe integer where the sum is beyond 2^53.
 */
export function positionSum(priceE4: number, quantityE4: number, discountE4 = 0): number {
  const product = priceE4 * quantityE4;
  if (discountE4 === 0 && Number.isSafeInteger(product)) return roundedQuotient(product, E4 * E4);
  const numerator = BigInt(priceE4) * BigInt(quantityE4) * BigInt(HUNDRED_PERCENT_E4 - discountE4);
  return Number(roundedBigQuotient(numerator, BigInt(E4 * E4) * BigInt(HUNDRED_PERCENT_E4)));
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
