import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkLink, linkExpires, signLink } from '../../../src/exchange/results/temp-url.ts';

const SECRET = 'a secret of the server';
const PATH = '/results/4d363a5f-ae72-4a14-9951-7038a4a67060';
const NOW = Date.UTC(2026, 2, 31, 12, 0, 0, 250);
const DAY = 86_400_000;
const FILENAME = 'asynctask_4d363a5f_result.json';

const linkMade = (now = NOW, deletedAt = NOW + DAY, filename = FILENAME): { path: string; query: string } => {
  const link = signLink({ path: PATH, expires: linkExpires(now, deletedAt), filename, secret: SECRET });
  const [path = '', query = ''] = link.split('?');
  return { path, query };
};
const opens = (link: { path: string; query: string }, now: number): boolean =>
  checkLink({ ...link, secret: SECRET, now }) !== undefined;

describe('a temporary link', () => {
  it('has the parameters and the signature of the contract', () => {
    const expires = 1_774_958_701;
    const signature = createHmac('sha256', SECRET).update(`GET\n${expires}\n${PATH}`).digest('hex');
    assert.equal(
      signLink({ path: PATH, expires, filename: 'a b.json', secret: SECRET }),
      `${PATH}?temp_url_sig=${signature}&temp_url_expires=${expires}&filename=a%20b.json`,
    );
  });

  it('opens for five minutes and no longer', () => {
    const link = linkMade();
    for (const seconds of [0, 1, 299]) assert.equal(opens(link, NOW + seconds * 1000), true);
    for (const seconds of [301, 360, 86_400]) assert.equal(opens(link, NOW + seconds * 1000), false);
  });

  it('ends with its result at the latest', () => {
    for (const deletedAt of [NOW + 60_000, NOW + 59_750]) {
      const link = linkMade(NOW, deletedAt);
      assert.equal(opens(link, deletedAt - 1000), true);
      assert.equal(opens(link, deletedAt), false);
    }
  });

  it('gives the file name back, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (filename) => {
        assert.deepEqual(checkLink({ ...linkMade(NOW, NOW + DAY, filename), secret: SECRET, now: NOW }), {
          filename,
        });
      }),
    );
  });

  it('does not open with any character of signature, expiry or path changed', () => {
    const { path, query } = linkMade();
    const signed = query.slice(0, query.indexOf('&filename'));
    const whole = `${path}?${signed}`;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (at, instead) => {
        const changed = whole.slice(0, at) + instead + whole.slice(at + 1);
        fc.pre(changed !== whole);
        const [changedPath = '', ...rest] = changed.split('?');
        assert.equal(opens({ path: changedPath, query: rest.join('?') }, NOW), false);
      }),
      { numRuns: 1000 },
    );
  });

  it('does not open by another spelling of the same numbers, a parameter twice, or one left out', () => {
    const { path, query } = linkMade();
    const parameters = new URLSearchParams(query);
    const signature = parameters.get('temp_url_sig')!;
    const expires = parameters.get('temp_url_expires')!;
    const wrong = [
      query.replace(signature, signature.toUpperCase()),
      query.replace(expires, `0${expires}`),
      query.replace(expires, `${expires}.0`),
      query.replace(expires, `+${expires}`),
      `${query}&temp_url_sig=${signature}`,
      `${query}&temp_url_expires=${Number(expires) + 1}`,
      `temp_url_sig=${signature}`,
      `temp_url_expires=${expires}`,
      '',
    ];
    for (const changed of wrong) assert.equal(opens({ path, query: changed }, NOW), false, changed);
    assert.equal(checkLink({ path, query, secret: 'another secret', now: NOW }), undefined);
  });

  it('opens whatever stands beside its parameters, in any order', () => {
    const { path, query } = linkMade();
    const reversed = query.split('&').reverse().join('&');
    assert.equal(opens({ path, query: `${reversed}&utm_source=mail` }, NOW), true);
  });
});
