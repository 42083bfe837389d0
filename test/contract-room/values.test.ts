import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decimalText, E4_MAX, fold, isUuid, parseE4, toE4 } from '../../src/contract/values.ts';

/** An independent calculation: the decimal digits as an integer, rounded half away from zero. */
function exactE4(text: string): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? assert.fail(text);
  const digits = BigInt(whole + fraction);
  const power = Number(exponent) + 4 - fraction.length;
  if (power >= 0) return (sign === '-' ? -1n : 1n) * digits * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (sign === '-' ? -1n : 1n) * ((digits * 2n + divisor) / (divisor * 2n));
}

describe('a number scaled by 10⁴', () => {
  it('is that of the decimal that JSON shows', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -9e11, max: 9e11 }),
      fc.double({ noNaN: true, min: -1, max: 1 }),
      fc.integer({ min: -9e15, max: 9e15 }).map((e4) => e4 / 10_000),
      fc.integer({ min: -1e12, max: 1e12 }).map((e5) => e5 / 100_000),
    );
    fc.assert(
      fc.property(numbers, (number) => {
        const expected = exactE4(String(number));
        const inBounds = expected <= BigInt(E4_MAX) && expected >= -BigInt(E4_MAX);
        assert.equal(toE4(number), inBounds ? Number(expected) : undefined);
      }),
      { numRuns: 5000 },
    );
  });

  it('rounds halves away from zero at the fourth place', () => {
    for (const [number, e4] of [
      [33.6, 336_000],
      [0.00005, 1],
      [-0.00005, -1],
      [0.00004999, 0],
      [1.00005, 10_001],
      [-1.00005, -10_001],
      [1e-7, 0],
      [0, 0],
      [0.1 + 0.2, 3000],
    ] as const) {
      assert.equal(toE4(number), e4, String(number));
    }
    assert.ok(Object.is(toE4(-0), 0) && Object.is(toE4(-0.00001), 0));
  });

  it('is undefined beyond the bounds and for what is no number', () => {
    assert.equal(toE4(E4_MAX / 10_000), E4_MAX);
    for (const number of [1e12, -1e12, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(toE4(number), undefined, String(number));
    }
    for (const text of ['', '-', '.', 'e5', '1,5', '0x10', '1e', '1e99999', '--1', 'NaN', '9e400']) {
      assert.equal(parseE4(text), undefined, text);
    }
  });

  it('is read from text in every spelling of a decimal', () => {
    assert.equal(parseE4(' +12.5 '), 125_000);
    assert.equal(parseE4('.5'), 5000);
    assert.equal(parseE4('5.'), 50_000);
    assert.equal(parseE4('-1.5e2'), -1_500_000);
    assert.equal(parseE4('0e9999'), 0);
    assert.equal(parseE4('123456789.12345'), 1_234_567_891_235);
  });

  it('is written with the fewest digits and read back', () => {
    assert.equal(decimalText(336_000), '33.6');
    assert.equal(decimalText(0), '0');
    assert.equal(decimalText(-1), '-0.0001');
    assert.equal(decimalText(-10_500), '-1.05');
    fc.assert(
      fc.property(fc.integer({ min: -E4_MAX, max: E4_MAX }), (e4) => {
        const text = decimalText(e4);
        assert.equal(parseE4(text), e4);
        assert.match(text, /^-?(0|[1-9]\d*)(\.\d{0,3}[1-9])?$/);
        if (Math.abs(e4) <= 1e15) assert.equal(toE4(JSON.parse(text)), e4);
      }),
    );
  });
});

describe('texts', () => {
  it('fold to one form whatever their case and composition', () => {
    assert.equal(fold('БОЛТ М8'), 'болт м8');
    assert.equal(fold('ЙОД'), fold('и\u0306од'));
    assert.equal(fold('ÉCLAIR'), fold('e\u0301clair'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(fold(fold(text)), fold(text));
        assert.equal(fold(text.normalize('NFD')), fold(text));
        assert.ok(fold(text).isWellFormed() === text.isWellFormed());
      }),
    );
  });

  it('are uuids in either case, and nothing around them', () => {
    fc.assert(fc.property(fc.uuid(), (uuid) => assert.ok(isUuid(uuid) && isUuid(uuid.toUpperCase()))));
    for (const text of [
      '',
      '498b8673-0308-11e6-9464-e4de0000008',
      ' 498b8673-0308-11e6-9464-e4de00000089',
      '498b8673030811e69464e4de00000089',
    ]) {
      assert.equal(isUuid(text), false, text);
    }
  });
});
