import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pageHref, parseHref, writtenHref } from '../../src/contract/href.ts';

const BASE = 'https://api.moysklad.ru/api/remap/1.2';
const ID = '498b8673-0308-11e6-9464-e4de00000089';
const CHILD = 'c02e3a5c-007e-11e6-9464-e4de00000006';

describe('a request address as it is written back', () => {
  it('stays as sent, but for what may not stand in an address', () => {
    assert.equal(
      writtenHref(`${BASE}/async?filter=state=done;deletionDate<2021-02-16 16:21:09`),
      `${BASE}/async?filter=state=done;deletionDate%3C2021-02-16%2016:21:09`,
    );
    assert.equal(writtenHref(`${BASE}/async/?a=%3b%D0%9F+1`), `${BASE}/async?a=%3b%D0%9F+1`);
    assert.equal(writtenHref(`${BASE}/async?a=100%&b=%zz`), `${BASE}/async?a=100%25&b=%25zz`);
  });

  it('encodes raw bytes as bytes and other characters as UTF-8', () => {
    const bytes = Buffer.from('Болт', 'utf8').toString('latin1');
    assert.equal(writtenHref(`${BASE}/x?q=${bytes}`), `${BASE}/x?q=%D0%91%D0%BE%D0%BB%D1%82`);
    assert.equal(writtenHref(`${BASE}/x?q=Болт`), `${BASE}/x?q=%D0%91%D0%BE%D0%BB%D1%82`);
  });

  it('loses the slashes at the end of its path, not those of its query', () => {
    assert.equal(writtenHref(`${BASE}/entity/product/?a=/`), `${BASE}/entity/product?a=/`);
    assert.equal(writtenHref(`${BASE}/entity/product/?`), `${BASE}/entity/product`);
  });

  it('is written the same a second time, and only with what an address allows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (query) => {
        const once = writtenHref(`${BASE}/x?${query}`);
        assert.equal(writtenHref(once), once);
        assert.match(once, /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/);
      }),
    );
  });
});

describe('the address of another page', () => {
  it('sets limit and offset in their places and encodes the values', () => {
    assert.equal(
      pageHref(`${BASE}/x?offset=5&filter=a=b;c%3Ed&limit=7&limit=9&expand=a,b+c`, { limit: 7, offset: 12 }),
      `${BASE}/x?offset=12&filter=a%3Db%3Bc%3Ed&limit=7&expand=a%2Cb%20c`,
    );
    assert.equal(pageHref(`${BASE}/x`, { limit: 1, offset: 0 }), `${BASE}/x?limit=1&offset=0`);
  });

  it('means the same parameters to a client', () => {
    const pair = fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const others = pairs.filter(([name]) => name !== 'limit' && name !== 'offset');
        const sent = new URLSearchParams(others);
        const found = new URL(pageHref(`${BASE}/x?${sent.toString()}`, { limit: 3, offset: 4 })).searchParams;
        assert.deepEqual([...found], [...sent, ['limit', '3'], ['offset', '4']]);
      }),
    );
  });
});

describe('an href in a body', () => {
  it('is resolved by type and id on any host, its query ignored', () => {
    for (const host of ['https://online.moysklad.ru', 'http://localhost:8080', 'https://stock.example/wb']) {
      assert.deepEqual(
        parseHref(`${host}/api/remap/1.2/entity/product/${ID.toUpperCase()}?expand=supplier`),
        {
          type: 'product',
          id: ID,
        },
      );
    }
    assert.deepEqual(parseHref(`${BASE}/entity/product/${ID}/`), { type: 'product', id: ID });
  });

  it('may lead to what lies in an object or in the metadata', () => {
    const parent = { type: 'demand', id: ID };
    assert.deepEqual(parseHref(`${BASE}/entity/demand/${ID}/positions/${CHILD}`), {
      type: 'demandposition',
      id: CHILD,
      parent,
    });
    assert.deepEqual(parseHref(`${BASE}/entity/organization/${ID}/accounts/${CHILD}`), {
      type: 'account',
      id: CHILD,
      parent: { type: 'organization', id: ID },
    });
    assert.deepEqual(parseHref(`${BASE}/entity/product/metadata/attributes/${ID}`), {
      type: 'attributemetadata',
      id: ID,
      parent: { type: 'product' },
    });
    assert.deepEqual(parseHref(`${BASE}/entity/variant/metadata/characteristics/${ID}`), {
      type: 'attributemetadata',
      id: ID,
      parent: { type: 'variant' },
    });
    assert.deepEqual(parseHref(`${BASE}/entity/customerorder/metadata/states/${ID}`), {
      type: 'state',
      id: ID,
      parent: { type: 'customerorder' },
    });
    assert.deepEqual(parseHref(`${BASE}/entity/customentity/${ID}/${CHILD}`), {
      type: 'customentity',
      id: CHILD,
      parent: { type: 'customentitymetadata', id: ID },
    });
    assert.deepEqual(parseHref(`${BASE}/context/companysettings/pricetype/${ID}`), {
      type: 'pricetype',
      id: ID,
    });
    assert.deepEqual(parseHref(`${BASE}/async/${ID}`), { type: 'async', id: ID });
  });

  it('is none of ours without the path of the API or without an id', () => {
    for (const href of [
      '',
      ID,
      `/entity/product/${ID}`,
      `https://host/entity/product/${ID}`,
      `ftp://host/api/remap/1.2/entity/product/${ID}`,
      `${BASE}/entity/product/metadata`,
      `${BASE}/entity/product/${ID}x`,
      `${BASE}/entity//${ID}`,
      `${BASE}/entity/demand/${ID}/positions/${CHILD}/more/${ID}`,
      `${BASE}/entity/demand/abc/positions/${CHILD}`,
    ]) {
      assert.equal(parseHref(href), undefined, href);
    }
  });

  it('never fails, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        (url) => void parseHref(url),
      ),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseHref(`${BASE}/${text}`)));
  });
});
