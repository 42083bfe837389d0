import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { acceptsGzip, indentJson, languageOf } from '../../src/http/negotiate.ts';

describe('indented JSON', () => {
  it('is what JSON.stringify would have made of the value, for every value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(indentJson(JSON.stringify(value)), JSON.stringify(value, null, 2));
        assert.equal(indentJson(JSON.stringify(value, null, 1)), JSON.stringify(value, null, 2));
      }),
    );
  });

  it('keeps numbers as they are written, however long', () => {
    assert.equal(
      indentJson('{"sum":12345678901234567.8901,"zero":0.0}'),
      '{\n  "sum": 12345678901234567.8901,\n  "zero": 0.0\n}',
    );
  });

  it('leaves texts alone that look like JSON', () => {
    const text = JSON.stringify({ 'a"b{': '[1,2]\\', c: '{}\n\u2028' });
    assert.deepEqual(JSON.parse(indentJson(text)), JSON.parse(text));
  });
});

describe('a weighed header', () => {
  it('never throws, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        assert.ok(['en', 'ru'].includes(languageOf({ 'accept-language': header })));
        assert.equal(typeof acceptsGzip({ 'accept-encoding': header }), 'boolean');
      }),
    );
  });
});
