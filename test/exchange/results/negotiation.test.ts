import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allowsRange, chooseCoding, namesTag } from '../../../src/exchange/results/negotiation.ts';

describe('choosing the coding of a result', () => {
  it('is gzip for whoever takes it', () => {
    const takers = [
      'gzip',
      'GZIP',
      'x-gzip',
      'gzip, deflate, br, zstd',
      'br;q=1.0, gzip;q=0.8, *;q=0.1',
      'deflate,gzip ; q=0.001',
      '*',
      'identity;q=0.5, gzip',
      'gzip, identity;q=0',
    ];
    for (const header of takers) assert.equal(chooseCoding(header), 'gzip', header);
  });

  it('is plain for whoever does not name it, refuses it, or likes plain better', () => {
    const others = [
      undefined,
      '',
      'identity',
      'br',
      'gzip;q=0',
      'gzip;q=0.000, *',
      '*;q=0',
      'identity, gzip;q=0.5',
    ];
    for (const header of others) assert.equal(chooseCoding(header), 'identity', `${header}`);
  });

  it('is gzip for whoever refuses plain bytes and says nothing of gzip', () => {
    assert.equal(chooseCoding('identity;q=0'), 'gzip');
    assert.equal(chooseCoding('br, identity;q=0'), 'gzip');
    assert.equal(chooseCoding('gzip;q=0, identity;q=0'), 'identity');
  });
});

describe('conditions on a representation', () => {
  it('finds a tag among several, weak or strong', () => {
    for (const header of ['"a"', 'W/"a"', '"x", "a"', '"x" ,W/"a"', '*', ' * ']) {
      assert.equal(namesTag(header, '"a"'), true, header);
    }
    for (const header of [undefined, '', '"b"', 'a', '"a-gzip"', '"xa"']) {
      assert.equal(namesTag(header, '"a"'), false, `${header}`);
    }
  });

  it('lets a range be answered only for the same bytes', () => {
    assert.equal(allowsRange(undefined, '"a"'), true);
    assert.equal(allowsRange('"a"', '"a"'), true);
    for (const header of ['"b"', 'W/"a"', 'Tue, 31 Mar 2026 12:00:00 GMT', '']) {
      assert.equal(allowsRange(header, '"a"'), false, header);
    }
  });
});
