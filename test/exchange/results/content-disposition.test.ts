import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { contentDisposition } from '../../../src/exchange/results/content-disposition.ts';

/** Reads the header as RFC 6266 says: `filename*` before `filename`. */
function savedAs(header: string): string {
  const match = /^attachment; filename="([^"\\]*)"(?:; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]*))?$/.exec(
    header,
  );
  assert.ok(match, header);
  return match[2] === undefined ? match[1]! : decodeURIComponent(match[2]);
}

describe('the name to save a result under', () => {
  it('stands as it is when it is plain', () => {
    assert.equal(
      contentDisposition('asynctask_d1746c6c_result.json'),
      'attachment; filename="asynctask_d1746c6c_result.json"',
    );
  });

  it('is said in full and in plain letters when it is not', () => {
    assert.equal(
      contentDisposition('отчёт*"2026".json'),
      `attachment; filename="_______2026_.json"; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82%2A%222026%22.json`,
    );
  });

  it('is an attachment whatever its ending', () => {
    assert.match(contentDisposition('page.html'), /^attachment;/);
  });

  it('loses paths, leading dots and line breaks', () => {
    const examples: readonly [string, string][] = [
      ['../../etc/passwd', 'passwd'],
      ['C:\\windows\\report.json', 'report.json'],
      ['.bashrc', 'bashrc'],
      ['a\r\nSet-Cookie: x=1.json', 'aSet-Cookie: x=1.json'],
      ['report\u202enosj.exe', 'reportnosj.exe'],
      ['  ', 'result.json'],
      ['a/', 'result.json'],
      ['', 'result.json'],
    ];
    for (const [given, saved] of examples) assert.equal(savedAs(contentDisposition(given)), saved);
  });

  it('makes a valid header with a short name of anything', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    );
    fc.assert(
      fc.property(anything, (filename) => {
        const header = contentDisposition(filename);
        validateHeaderValue('content-disposition', header);
        const name = savedAs(header);
        assert.ok(name.length > 0 && Array.from(name).length <= 150);
        assert.doesNotMatch(name, /[\p{Cc}/\\]|^\./u);
      }),
    );
  });
});
