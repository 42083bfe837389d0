import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { JsonBytes } from '../../../src/exchange/encode/bytes.ts';
import { anyInteger, anyText } from './answers.ts';

const written = (write: (out: JsonBytes) => void, room = 4): string => {
  const out = new JsonBytes(Buffer.alloc(room));
  write(out);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    out.buffer.subarray(0, out.length),
  );
};

/** Scaled by 10^4, by moving the point in the text. */
function decimalText(value: number): string {
  const digits = BigInt(Math.abs(value)).toString().padStart(5, '0');
  const fraction = digits.slice(-4).replace(/0+$/, '');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -4)}${fraction === '' ? '' : `.${fraction}`}`;
}

describe('JSON as bytes', () => {
  it('writes every integer of 53 bits as its digits', () => {
    fc.assert(
      fc.property(anyInteger, (value) => {
        assert.equal(
          written((out) => out.integer(value)),
          BigInt(value).toString(),
        );
      }),
    );
  });

  it('writes a decimal with the fewest digits that say it exactly', () => {
    fc.assert(
      fc.property(anyInteger, (value) => {
        assert.equal(
          written((out) => out.decimal(value)),
          decimalText(value),
        );
      }),
    );
  });

  it('keeps decimals exact at the edges of their digits and of 53 bits', () => {
    const examples: readonly [number, string][] = [
      [0, '0'],
      [-0, '0'],
      [1, '0.0001'],
      [-15_000, '-1.5'],
      [100_000, '10'],
      [-300_000, '-30'],
      [21_474_836_480_001, '2147483648.0001'],
      [9_007_199_254_739_999, '900719925473.9999'],
      [-9_007_199_254_740_991, '-900719925474.0991'],
    ];
    for (const [value, text] of examples)
      assert.equal(
        written((out) => out.decimal(value)),
        text,
      );
  });

  it('refuses what is no whole number instead of writing it wrongly', () => {
    for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.throws(() => written((out) => out.integer(value)), TypeError);
      assert.throws(() => written((out) => out.decimal(value)), TypeError);
    }
  });

  it('writes every text so that it is valid UTF-8 and reads back the same', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(JSON.parse(written((out) => out.text(text))), text);
      }),
      { numRuns: 500 },
    );
  });

  it('escapes no more of a text than JSON.stringify', () => {
    for (const text of ['Ящик № 5 "Ø"\t\u0001', 'a\\b/c\u007f\u2028', '😀\ud83d', '\udc00x', '']) {
      assert.equal(
        written((out) => out.text(text)),
        JSON.stringify(text),
      );
    }
  });

  it('writes a long text whose pairs lie across every border', () => {
    for (const shift of ['', 'x']) {
      const text = shift + '😀'.repeat(20_000);
      assert.equal(JSON.parse(written((out) => out.text(text))), text);
    }
  });

  it('keeps what was written when the buffer grows', () => {
    const literal = Buffer.from('"0123456789abcdef0123456789abcdef"');
    const text = written((out) => {
      out.byte(0x5b);
      out.raw('"ж"');
      for (let i = 0; i < 100; i++) {
        out.byte(0x2c);
        out.copy(literal);
      }
      out.byte(0x5d);
    });
    assert.deepEqual(JSON.parse(text), ['ж', ...Array(100).fill('0123456789abcdef0123456789abcdef')]);
  });
});
