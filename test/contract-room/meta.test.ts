import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as metas from '../../src/contract/meta.ts';
import { pageOf, parseQuery } from '../../src/contract/query.ts';

const BASE = 'https://app.kladana.in/api/remap/1.2';
const ID = '98fa7086-8aa1-11e8-7210-075e0000002c';

describe('meta', () => {
  it('describes an employee as the owner of a task like the public example', () => {
    assert.deepEqual(metas.entityMetaWithPage(BASE, 'employee', ID), {
      href: `${BASE}/entity/employee/${ID}`,
      metadataHref: `${BASE}/entity/employee/metadata`,
      type: 'employee',
      mediaType: 'application/json',
      uuidHref: `https://app.kladana.in/app/#employee/edit?id=${ID}`,
    });
  });

  it('keeps a prefix of the public address in the address of the page', () => {
    const { uuidHref } = metas.entityMetaWithPage('https://stock.example/wb/api/remap/1.2', 'employee', ID);
    assert.equal(uuidHref, `https://stock.example/wb/app/#employee/edit?id=${ID}`);
  });

  it('gives a task no metadataHref', () => {
    assert.deepEqual(metas.taskMeta(BASE, ID), {
      href: `${BASE}/async/${ID}`,
      type: 'async',
      mediaType: 'application/json',
    });
  });

  it('names the types of positions, shared ones too', () => {
    const typeOf = (document: string) => metas.positionMeta(BASE, document, ID, ID).type;
    assert.equal(typeOf('demand'), 'demandposition');
    assert.equal(typeOf('invoiceout'), 'invoiceposition');
    assert.equal(typeOf('invoicein'), 'invoiceposition');
    assert.equal(typeOf('retaildemand'), 'demandposition');
    assert.equal(typeOf('retailsalesreturn'), 'salesreturnposition');
  });

  it('prints a collection that is not expanded with its size and first window', () => {
    assert.deepEqual(metas.positionsMeta(BASE, 'enter', ID, 7), {
      href: `${BASE}/entity/enter/${ID}/positions`,
      type: 'enterposition',
      mediaType: 'application/json',
      size: 7,
      limit: 1000,
      offset: 0,
    });
  });

  it('gives the stock reports a context that both kinds of reader understand', () => {
    const meta = {
      href: `${BASE}/context/employee`,
      metadataHref: `${BASE}/entity/employee/metadata`,
      type: 'employee',
      mediaType: 'application/json',
    };
    assert.deepEqual(metas.context(BASE), { employee: { meta } });
    assert.deepEqual(metas.stockContext(BASE), {
      employee: { href: meta.href, type: 'employee', mediaType: 'application/json', meta },
    });
  });
});

describe('the meta of a list', () => {
  const url = `${BASE}/entity/product?expand=owner,owner.group&limit=100`;

  it('says the whole size, the window and where the next page is', () => {
    assert.deepEqual(metas.listMeta({ url, type: 'product', size: 250 }, { limit: 100, offset: 0 }), {
      href: url,
      type: 'product',
      mediaType: 'application/json',
      size: 250,
      limit: 100,
      offset: 0,
      nextHref: `${BASE}/entity/product?expand=owner%2Cowner.group&limit=100&offset=100`,
    });
  });

  it('shortens the page before a short offset instead of overlapping', () => {
    const { previousHref } = metas.listMeta(
      { url: `${BASE}/async`, type: 'async', size: 9 },
      { limit: 1000, offset: 1 },
    );
    assert.equal(previousHref, `${BASE}/async?limit=1&offset=0`);
  });

  it('never leads on from limit 0, and has no window in a result', () => {
    assert.equal(
      'nextHref' in metas.listMeta({ url, type: 'product', size: 3 }, { limit: 0, offset: 0 }),
      false,
    );
    assert.deepEqual(
      metas.resultMeta({ url: `${BASE}/report/stock/bystore?async=true`, type: 'stockbystore', size: 2135 }),
      {
        href: `${BASE}/report/stock/bystore?async=true`,
        type: 'stockbystore',
        mediaType: 'application/json',
        size: 2135,
      },
    );
  });

  it('leads through all rows forwards and back, each row once', () => {
    const window = (href: string) => pageOf(parseQuery(new URL(href).search.slice(1)));
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 25 }), fc.nat(70), (size, limit, start) => {
        const facts = { url: `${BASE}/async?filter=state%3DDONE`, type: 'async', size };
        const seen: number[] = [];
        const visit = (page: metas.Page) => {
          for (let row = page.offset; row < Math.min(page.offset + page.limit, size); row += 1)
            seen.push(row);
        };
        let meta = metas.listMeta(facts, { limit, offset: start });
        visit({ limit, offset: start });
        while (meta.nextHref !== undefined) {
          const page = window(meta.nextHref);
          visit(page);
          meta = metas.listMeta({ ...facts, url: meta.nextHref }, page);
        }
        meta = metas.listMeta(facts, { limit, offset: start });
        while (meta.previousHref !== undefined) {
          const page = window(meta.previousHref);
          visit(page);
          meta = metas.listMeta({ ...facts, url: meta.previousHref }, page);
        }
        assert.deepEqual(
          seen.sort((a, b) => a - b),
          Array.from({ length: size }, (_, row) => row),
        );
      }),
    );
  });
});
