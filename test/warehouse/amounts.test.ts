import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromScaled, positionSum, SCALED_MAX, toScaled } from '../../src/warehouse/amounts.ts';

const scaled = (max = SCALED_MAX) => fc.integer({ min: -max, max });

test('a number of at most four decimals is scaled exactly and comes back', () => {
  fc.assert(fc.property(scaled(), (amount) => toScaled(fromScaled(amount)) === amount + 0));
});

test('decimals beyond the fourth are rounded by their written digits, halves away from zero', () => {
  assert.equal(toScaled(1.00005), 10_001);
  assert.equal(toScaled(-1.00005), -10_001);
  assert.equal(toScaled(1.00004999), 10_000);
  assert.equal(toScaled(0.00005), 1);
  assert.equal(toScaled(0.00004), 0);
  assert.equal(toScaled(5e-7), 0);
  assert.equal(toScaled(33.6), 336_000);
  assert.equal(toScaled(1.23456789e5), 1_234_567_890);
});

test('rounding agrees with decimal arithmetic on the written digits', () => {
  const digits = fc.tuple(fc.boolean(), fc.nat(999_999), fc.nat(9_999_999));
  fc.assert(
    fc.property(digits, ([isNegative, whole, sevenDecimals]) => {
      const text = `${isNegative ? '-' : ''}${whole}.${String(sevenDecimals).padStart(7, '0')}`;
      const tenMillionths = BigInt(whole) * 10_000_000n + BigInt(sevenDecimals);
      const rounded = Number((tenMillionths + 500n) / 1000n) * (isNegative ? -1 : 1);
      assert.equal(toScaled(Number(text)), rounded + 0);
    }),
  );
});

test('what cannot be carried exactly is refused', () => {
  assert.equal(toScaled(SCALED_MAX / 10_000), SCALED_MAX);
  for (const value of [6e11, -6e11, 1e300, Number.POSITIVE_INFINITY, Number.NaN]) {
    assert.equal(toScaled(value), undefined);
  }
});

test('the worked examples of the sums of positions', () => {
  const sum = (quantity: number, price: number, discount = 0): number =>
    positionSum(toScaled(price)!, toScaled(quantity)!, toScaled(discount)!);
  assert.equal(sum(3, 3333, 12.5), 8749);
  assert.equal(sum(1, 0.5), 1);
  assert.equal(sum(2, 105, -10), 231);
  assert.equal(sum(3, 3333, 12.5) + sum(3, 3333, 12.5), 17_498);
  assert.equal(sum(6, 15_000), 90_000);
  assert.equal(sum(1, 100, 100), 0);
});

test('a sum of a position is the exact product rounded half away from zero', () => {
  const quantity = fc.oneof(fc.integer({ min: 1, max: SCALED_MAX }), fc.integer({ min: 1, max: 30_000 }));
  const discount = fc.oneof(fc.constant(0), scaled(2_000_000));
  const amounts = fc.tuple(fc.oneof(scaled(), scaled(30_000)), quantity, discount);
  fc.assert(
    fc.property(amounts, ([price, quantity, discount]) => {
      const exact = BigInt(price) * BigInt(quantity) * BigInt(1_000_000 - discount);
      const unit = 10n ** 14n;
      const half = exact < 0n ? -unit / 2n : unit / 2n;
      // Truncation after half a unit away from zero is rounding half away from zero.
      assert.equal(positionSum(price, quantity, discount), Number((exact + half) / unit));
    }),
  );
});
