import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { targetOf, withoutPrefix } from '../../src/http/addresses.ts';

describe('a request target', () => {
  it('is parted without decoding anything', () => {
    assert.deepEqual(targetOf('/api/remap/1.2/report//stock/by%20store/?filter=a=b?c&x=%3F'), {
      path: 'report/stock/by%20store',
      query: 'filter=a=b?c&x=%3F',
      asSent: '/api/remap/1.2/report//stock/by%20store/?filter=a=b?c&x=%3F',
    });
    assert.deepEqual(targetOf('/other'), { path: 'other', query: '', asSent: '/other' });
    assert.equal(targetOf('/api/remap/1.2').path, 'api/remap/1.2');
    assert.equal(targetOf('/api/remap/1.2x/async').path, 'api/remap/1.2x/async');
  });

  it('loses the prefix of the public address, and nothing that only looks like it', () => {
    const publicUrl = 'https://stock.example/wb';
    const cut: [string, string | undefined, string][] = [
      ['/wb/api?x=/wb/', publicUrl, '/api?x=/wb/'],
      ['/wbx/api', publicUrl, '/wbx/api'],
      ['/wb', publicUrl, '/wb'],
      ['/api', publicUrl, '/api'],
      ['/wb/api', undefined, '/wb/api'],
      ['/api', 'https://stock.example', '/api'],
      ['http://stock.example/wb/api?y', publicUrl, '/api?y'],
      ['http://stock.example?y', undefined, '/?y'],
      ['*', undefined, '/*'],
    ];
    for (const [url, base, expected] of cut) assert.equal(withoutPrefix(url, base), expected, url);
  });
});
