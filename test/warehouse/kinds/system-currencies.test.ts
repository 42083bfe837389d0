import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemCurrency } from '../../../src/warehouse/kinds/catalog/system-currencies.ts';

describe('the currencies of the system', () => {
  it('are those of the world, each with two codes of its own', () => {
    const known = Intl.supportedValuesOf('currency').flatMap(
      (isoCode) => systemCurrency(undefined, isoCode) ?? [],
    );
    assert.ok(known.length > 140);
    for (const { code, isoCode, fullName } of known) {
      assert.match(code, /^\d{3}$/);
      assert.equal(systemCurrency(code, undefined)?.isoCode, isoCode);
      assert.notEqual(fullName, isoCode);
    }
    // By the published list of ISO 4217.
    const pairs = {
      USD: '840',
      EUR: '978',
      INR: '356',
      RUB: '643',
      KZT: '398',
      UZS: '860',
      JPY: '392',
      ALL: '008',
    };
    for (const [isoCode, code] of Object.entries(pairs)) {
      assert.equal(systemCurrency(undefined, isoCode)?.code, code);
    }
    assert.equal(systemCurrency(undefined, 'XXX'), undefined);
  });
});
