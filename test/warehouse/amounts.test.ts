import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AMOUNT_MAX_E4, amountE4, fromE4, positionSum } from '../../src/warehouse/amounts.ts';

const amounts = (max = AMOUNT_MAX_E4) => fc.integer({ min: -max, max });

test('an amount written as a JSON number comes back exactly', () => {
  fc.assert(fc.property(amounts(), (amount) => amountE4(JSON.parse(String(fromE4(amount)))) === amount + 0));
});

test('amounts that JSON could not carry with four decimals are refused', () => {
  assert.equal(amountE4(fromE4(AMOUNT_MAX_E4)), AMOUNT_MAX_E4);
  for (const value of [500_000_000_001, -6e11, 1e300]) assert.equal(amountE4(value), undefined);
});

test('the worked examples of the sums of positions', () => {
  const sum = (quantity: number, price: number, discount = 0): number =>
    positionSum(amountE4(price)!, amountE4(quantity)!, amountE4(discount)!);
  assert.equal(sum(3, 3333, 12.5), 8749);
  assert.equal(sum(1, 0.5), 1);
  assert.equal(sum(2, 105, -10), 231);
  assert.equal(sum(3, 3333, 12.5) + sum(3, 3333, 12.5), 17_498);
  assert.equal(sum(6, 15_000), 90_000);
  assert.equal(sum(1, 100, 100), 0);
});

test('a sum of a position is the exact product rounded half away from zero', () => {
  const quantity = fc.oneof(fc.integer({ min: 1, max: AMOUNT_MAX_E4 }), fc.integer({ min: 1, max: 30_000 }));
  const discount = fc.oneof(fc.constant(0), amounts(2_000_000));
  const positions = fc.tuple(fc.oneof(amounts(), amounts(30_000)), quantity, discount);
  fc.assert(
    fc.property(positions, ([price, quantity, discount]) => {
      const exact = BigInt(price) * BigInt(quantity) * BigInt(1_000_000 - discount);
      const unit = 10n ** 14n;
      const half = exact < 0n ? -unit / 2n : unit / 2n;
      // Truncation after half a unit away from zero is rounding half away from zero.
      assert.equal(positionSum(price, quantity, discount), Number((exact + half) / unit));
    }),
  );
});
