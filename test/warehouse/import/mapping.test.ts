import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  locateColumns,
  mapOrderLine,
  ORDER_COLUMNS,
  RETAIL_BUYER,
  scaled,
} from '../../../src/warehouse/import/mapping.ts';

const located = locateColumns([...ORDER_COLUMNS], {});
assert.ok(!('missing' in located));
const at = located;
const parseMoment = (text: string): number | undefined =>
  text === '2010-12-01 08:26:00' ? 1291191960000 : undefined;

const record = (changes: Partial<Record<(typeof ORDER_COLUMNS)[number], string>> = {}): string[] => {
  const whole = {
    InvoiceNo: '536365',
    StockCode: '85123A',
    Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
    Quantity: '6',
    InvoiceDate: '2010-12-01 08:26:00',
    UnitPrice: '2.55',
    CustomerID: '17850.0',
    Country: 'United Kingdom',
    ...changes,
  };
  return ORDER_COLUMNS.map((column) => whole[column]);
};
const map = (changes: Parameters<typeof record>[0] = {}) => mapOrderLine(record(changes), at, parseMoment);

describe('an order line', () => {
  it('becomes a position of a demand', () => {
    assert.deepEqual(map(), {
      line: {
        kind: 'demand',
        invoice: '536365',
        code: '85123A',
        description: 'WHITE HANGING HEART T-LIGHT HOLDER',
        quantity: 60000,
        moment: 1291191960000,
        price: 2550000,
        customer: '17850',
        store: 'United Kingdom',
      },
    });
  });

  it('becomes a return when its number begins with C, whatever the sign of its quantity', () => {
    for (const Quantity of ['-12', '12']) {
      const mapped = map({ InvoiceNo: 'C536379', Quantity });
      assert.ok('line' in mapped);
      assert.equal(mapped.line.kind, 'salesreturn');
      assert.equal(mapped.line.quantity, 120000);
    }
  });

  it('becomes a loss when a sale has a negative quantity', () => {
    const mapped = map({ Quantity: '-10', UnitPrice: '0' });
    assert.ok('line' in mapped);
    assert.equal(mapped.line.kind, 'loss');
    assert.equal(mapped.line.quantity, 100000);
  });

  it('goes to the retail buyer without a customer', () => {
    const mapped = map({ CustomerID: '' });
    assert.ok('line' in mapped);
    assert.equal(mapped.line.customer, RETAIL_BUYER);
  });

  it('is rejected with a reason that names what was wrong', () => {
    const cases: [Parameters<typeof record>[0], RegExp][] = [
      [{ UnitPrice: '-11062.06' }, /UnitPrice -11062.06 is negative/],
      [{ UnitPrice: '-0.001' }, /UnitPrice -0.001 is negative/],
      [{ UnitPrice: 'free' }, /unreadable UnitPrice 'free'/],
      [{ Quantity: '0' }, /Quantity is 0/],
      [{ Quantity: 'a few' }, /unreadable Quantity/],
      [{ StockCode: '  ' }, /no StockCode/],
      [{ InvoiceNo: '' }, /no InvoiceNo/],
      [{ InvoiceDate: '12/1/2010' }, /unreadable InvoiceDate/],
    ];
    for (const [changes, reason] of cases) {
      const mapped = map(changes);
      assert.ok('rejected' in mapped);
      assert.match(mapped.rejected, reason);
    }
  });

  it('finds columns under other names and says which are missing', () => {
    const header = ORDER_COLUMNS.map((column) => (column === 'StockCode' ? 'sku' : column));
    assert.deepEqual(locateColumns(header, { StockCode: 'sku' }), at);
    assert.deepEqual(locateColumns(header, {}), { missing: ['StockCode'] });
  });
});

describe('a decimal', () => {
  it('is scaled exactly, halves away from zero', () => {
    assert.equal(scaled('2.55', 2), 255);
    assert.equal(scaled('0.005', 2), 1);
    assert.equal(scaled('-0.005', 2), -1);
    assert.equal(scaled('0.0049', 2), 0);
    assert.equal(scaled('33.6', 4), 336000);
    assert.equal(scaled('1e5', 4), undefined);
    assert.equal(scaled('', 4), undefined);
  });

  it('agrees with big integers for any digits', () => {
    fc.assert(
      fc.property(fc.nat(99_999_999), fc.stringMatching(/^\d{1,9}$/), (whole, fraction) => {
        const exact = BigInt(whole) * 10n ** 9n + BigInt(fraction.padEnd(9, '0'));
        const expected = (exact * 2n + 10n ** 7n) / (2n * 10n ** 7n);
        assert.equal(scaled(`${whole}.${fraction}`, 2), Number(expected));
      }),
    );
  });
});
