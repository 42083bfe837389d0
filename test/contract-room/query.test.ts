import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as queries from '../../src/contract/query.ts';
import { refusal } from './refusal.ts';

const { parseQuery, pageOf, orderOf, expandOf, fieldsOf } = queries;

describe('the query string', () => {
  it('is decoded once, plus and %20 both as a space', () => {
    const query = parseQuery('a=A%2BB&a=A+B&a=A%20B&b=%252B&c&=d&&e=1=2');
    assert.deepEqual(queries.allValues(query, 'a'), ['A+B', 'A B', 'A B']);
    assert.equal(queries.firstValue(query, 'b'), '%2B');
    assert.equal(queries.firstValue(query, 'c'), '');
    assert.equal(queries.firstValue(query, 'e'), '1=2');
    assert.equal(queries.firstValue(query, 'none'), undefined);
  });

  it('is read by any client encoding that URLSearchParams or encodeURIComponent makes', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        const byForm = new URLSearchParams(pairs).toString();
        const byComponent = pairs.map(
          ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
        );
        for (const raw of [byForm, byComponent.join('&')]) {
          assert.deepEqual(
            parseQuery(raw).parameters.map(({ name, value }) => [name, value]),
            pairs,
          );
        }
      }),
    );
  });

  it('takes raw UTF-8 bytes as Node hands them over', () => {
    const raw = Buffer.from('search=Болт М8', 'utf8').toString('latin1');
    assert.equal(queries.searchOf(parseQuery(raw)), 'Болт М8');
  });

  it('is refused with 1058 where it is no UTF-8, a broken escape, or a NUL', () => {
    for (const raw of ['a=%', 'a=%4', 'a=%zz', 'a=%FF', 'a=%C3%28', '%E0%A4=1', 'a=\xff', 'a=%00']) {
      assert.equal(refusal(() => parseQuery(raw)).code, 1058, raw);
    }
  });
});

describe('async', () => {
  it('is true, false or an error', () => {
    assert.equal(queries.wantsAsync(parseQuery('async=true')), true);
    assert.equal(queries.wantsAsync(parseQuery('async=false')), false);
    assert.equal(queries.wantsAsync(parseQuery('filter=async=true')), false);
    for (const raw of ['async=1', 'async=', 'async=TRUE', 'async']) {
      const { code, parameter } = refusal(() => queries.wantsAsync(parseQuery(raw)));
      assert.deepEqual([code, parameter], [1084, 'async'], raw);
    }
  });

  it('sees limit and offset whatever their value', () => {
    assert.equal(queries.namesPage(parseQuery('async=true&limit=')), true);
    assert.equal(queries.namesPage(parseQuery('offset=x')), true);
    assert.equal(queries.namesPage(parseQuery('filter=limit=1')), false);
  });
});

describe('limit and offset', () => {
  it('follow the rules of a page', () => {
    const page = (raw: string) => pageOf(parseQuery(raw));
    assert.deepEqual(page(''), { limit: 1000, offset: 0 });
    assert.deepEqual(page('limit=&offset='), { limit: 1000, offset: 0 });
    assert.deepEqual(page('limit=1001&offset=5000000'), { limit: 1000, offset: 5_000_000 });
    assert.deepEqual(page('limit=0'), { limit: 0, offset: 0 });
    const { limit, offset } = page(`limit=9223372036854775808&offset=${'9'.repeat(400)}`);
    assert.deepEqual([limit, Number.isSafeInteger(offset)], [1000, true]);
  });

  it('are refused with 1040 where they are negative or no whole number', () => {
    for (const raw of [
      'limit=-1',
      'offset=-1',
      'limit=x',
      'limit=1.5',
      'offset=1e3',
      'offset=0x10',
      'offset=9e99',
    ]) {
      const { code, parameter } = refusal(() => pageOf(parseQuery(raw)));
      assert.deepEqual([code, parameter], [1040, raw.split('=')[0]], raw);
    }
  });
});

describe('order', () => {
  const order = (value: string) => orderOf(parseQuery(`order=${value}`), ['name', 'code', 'state.name']);

  it('is a list of fields with directions', () => {
    assert.deepEqual(order('name'), [{ field: 'name', direction: 'asc' }]);
    assert.deepEqual(order('name,desc;code,%20asc;state.name'), [
      { field: 'name', direction: 'desc' },
      { field: 'code', direction: 'asc' },
      { field: 'state.name', direction: 'asc' },
    ]);
    assert.deepEqual(order(''), []);
    assert.deepEqual(order('name;'), [{ field: 'name', direction: 'asc' }]);
  });

  it('names the unknown field (1063) and the unknown direction (1042)', () => {
    assert.equal(refusal(() => order('sum')).code, 1063);
    assert.equal(refusal(() => order('constructor')).code, 1063);
    assert.equal(refusal(() => order('name,up')).code, 1042);
    assert.equal(refusal(() => order('name,asc,desc')).code, 1042);
    assert.equal(refusal(() => order('name,')).code, 1042);
  });
});

describe('expand and fields', () => {
  it('count in a list only with a limit of at most 100, said outright', () => {
    const paths = (raw: string) => expandOf(parseQuery(raw), 'list');
    assert.deepEqual(paths('expand=agent,%20owner.group&limit=100'), [['agent'], ['owner', 'group']]);
    assert.deepEqual(paths('expand=agent&limit=101'), []);
    assert.deepEqual(paths('expand=agent'), []);
    assert.deepEqual(expandOf(parseQuery('expand=agent'), 'object'), [['agent']]);
  });

  it('takes one known value of fields', () => {
    const field = (raw: string) => fieldsOf(parseQuery(`limit=1&${raw}`), 'list', ['stock', 'minimumStock']);
    assert.equal(field('fields=stock'), 'stock');
    assert.equal(field('fields='), undefined);
    assert.equal(field('a=1'), undefined);
    assert.equal(refusal(() => field('fields=stock,minimumStock')).code, 3042);
    assert.equal(refusal(() => field('fields=price')).code, 3043);
    assert.equal(fieldsOf(parseQuery('fields=price'), 'list', []), undefined);
  });
});

describe('a parameter with a fixed set of values', () => {
  it('is one of them, absent, or refused with 1084', () => {
    const group = (raw: string) => queries.choiceOf(parseQuery(raw), 'groupBy', ['product', 'variant']);
    assert.equal(group('groupBy=variant'), 'variant');
    assert.equal(group('groupBy='), undefined);
    assert.equal(refusal(() => group('groupBy=store')).code, 1084);
  });
});
