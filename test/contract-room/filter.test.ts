import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as filters from '../../src/contract/filter.ts';
import { parseQuery } from '../../src/contract/query.ts';
import { refusal } from './refusal.ts';

const ATTRIBUTE =
  'https://h/~a=b/api/remap/1.2/entity/product/metadata/attributes/498b8673-0308-11e6-9464-e4de00000089';
type Plain = Omit<filters.Condition, 'position'>;
const plain = (conditions: readonly filters.Condition[]): Plain[] =>
  conditions.map(({ field, operator, value }) => ({ field, operator, value }));
const parse = (text: string): Plain[] => plain(filters.parseFilter(text));
const print = (conditions: readonly Plain[]): string =>
  conditions.map(({ field, operator, value }) => field + operator + value.replaceAll(';', '\\;')).join(';');

/** What the language can say: no value that would lengthen its operator, none but the last that ends in a backslash. */
const sayable = (conditions: readonly Plain[]): boolean =>
  conditions.every(({ operator, value }, index) => {
    const lengthened = filters.OPERATORS.some(
      (longer) => longer.length > operator.length && (operator + value).startsWith(longer),
    );
    const swallows = value.endsWith('\\') && index < conditions.length - 1;
    return !lengthened && !swallows && !/\\;/.test(value);
  });

const conditionList = fc
  .array(
    fc.record<Plain>(
      {
        field: fc.oneof(fc.stringMatching(/^[a-zA-Z][a-zA-Z.]{0,12}$/), fc.constant(ATTRIBUTE)),
        operator: fc.constantFrom(...filters.OPERATORS),
        value: fc.oneof(
          fc.string({
            unit: fc.constantFrom(';', '\\', '=', '~', '!', '>', '<', '%', '+', '&', 'a', ' ', 'я', '😀'),
          }),
          fc.string({ unit: 'grapheme' }),
          fc.webUrl({ withQueryParameters: true }),
        ),
      },
      { noNullPrototype: true },
    ),
  )
  .filter(sayable);

describe('the filter language', () => {
  it('reads what was printed', () => {
    fc.assert(
      fc.property(conditionList, (conditions) => assert.deepEqual(parse(print(conditions)), conditions)),
    );
  });

  it('reads the same through a query string, with a trailing semicolon, and from repeated parameters', () => {
    const sendable = conditionList.filter((list) => list.every(({ value }) => !/\0|\\$/.test(value)));
    fc.assert(
      fc.property(sendable, sendable, (first, second) => {
        const raw = `filter=${encodeURIComponent(`${print(first)}${first.length > 0 ? ';' : ''}`)}&limit=1&filter=${encodeURIComponent(print(second))}`;
        assert.deepEqual(plain(filters.filterOf(parseQuery(raw))), [...first, ...second]);
      }),
    );
  });

  it('never fails but with 1034, whatever the text', () => {
    const noise = fc.string({ unit: fc.constantFrom(';', '\\', '=', '~', '!', '>', '<', 'a', ' ', 'b') });
    fc.assert(
      fc.property(noise, (text) => {
        let conditions: readonly filters.Condition[];
        try {
          conditions = filters.parseFilter(text);
        } catch {
          assert.equal(refusal(() => filters.parseFilter(text)).code, 1034);
          return;
        }
        for (const { field, position } of conditions) {
          assert.ok(
            text
              .slice(position - 1)
              .trimStart()
              .startsWith(field),
            'the position is that of the condition',
          );
        }
      }),
    );
  });

  it('takes the longest operator', () => {
    const operators = parse('a>=1;a<=1;a!=1;a~=1;a=~1;a!~1;a=1;a>1;a<1;a~1').map(({ operator }) => operator);
    assert.deepEqual(operators, ['>=', '<=', '!=', '~=', '=~', '!~', '=', '>', '<', '~']);
    assert.deepEqual(parse('a==1;b!!=1'), [
      { field: 'a', operator: '=', value: '=1' },
      { field: 'b!', operator: '!=', value: '1' },
    ]);
  });

  it('keeps an escaped semicolon in its value and every other backslash as it is', () => {
    assert.deepEqual(parse('name=Bolt\\; M8;archived=false'), [
      { field: 'name', operator: '=', value: 'Bolt; M8' },
      { field: 'archived', operator: '=', value: 'false' },
    ]);
    assert.deepEqual(parse('name=a\\b\\\\c'), [{ field: 'name', operator: '=', value: 'a\\b\\\\c' }]);
  });

  it('ends the name of a field at the operator, but that of an attribute at its id', () => {
    assert.deepEqual(parse(`store=https://h/x?a=b;${ATTRIBUTE}!=;${ATTRIBUTE}=x=y`), [
      { field: 'store', operator: '=', value: 'https://h/x?a=b' },
      { field: ATTRIBUTE, operator: '!=', value: '' },
      { field: ATTRIBUTE, operator: '=', value: 'x=y' },
    ]);
  });

  it('asks nothing where it is empty, and allows a semicolon at the end', () => {
    assert.deepEqual(parse(''), []);
    assert.deepEqual(parse('  '), []);
    assert.deepEqual(parse('state=done;'), parse('state=done'));
    assert.deepEqual(parse('state=;a=1'), [
      { field: 'state', operator: '=', value: '' },
      { field: 'a', operator: '=', value: '1' },
    ]);
  });

  it('says where a condition is empty or has no operator', () => {
    for (const [text, place] of [
      [';a=1', 1],
      ['a=1;;b=2', 5],
      ['a=1; ;b=2', 5],
      ['a=1;name', 5],
      ['a=1;=2;b=1', 5],
      ['a!b', 1],
    ] as const) {
      const { code, parameter, text: said } = refusal(() => filters.parseFilter(text));
      assert.deepEqual([code, parameter], [1034, 'filter'], text);
      assert.match(said, new RegExp(`at character ${place}\\b`), text);
    }
  });
});

describe('bare conditions', () => {
  const tasks: filters.Bare = { fields: ['state', 'request', 'deletionDate'], place: 'anywhere' };
  const report: filters.Bare = { fields: ['store', 'stockMode'], place: 'afterFilter' };

  it('make the spelling of the public example two conditions, shown joined', () => {
    const query = parseQuery('filter=state=done&deletionDate<2021-02-16%2016:21:09');
    assert.deepEqual(plain(filters.filterOf(query, tasks)), [
      { field: 'state', operator: '=', value: 'done' },
      { field: 'deletionDate', operator: '<', value: '2021-02-16 16:21:09' },
    ]);
    assert.equal(filters.joinedQuery(query, tasks), 'filter=state=done;deletionDate<2021-02-16%2016:21:09');
  });

  it('may stand without any filter, hold an equals sign in their operator, and come encoded', () => {
    const query = parseQuery('limit=5&deletionDate%3E=2021-01-01+00:00:00&state!=ERROR');
    assert.deepEqual(
      filters.filterOf(query, tasks).map(({ operator }) => operator),
      ['>=', '!='],
    );
    assert.equal(
      filters.joinedQuery(query, tasks),
      'limit=5&filter=deletionDate%3E=2021-01-01+00:00:00;state!=ERROR',
    );
  });

  it('count in a report only behind filter=', () => {
    assert.deepEqual(filters.filterOf(parseQuery('stockMode=all'), report), []);
    assert.deepEqual(filters.filterOf(parseQuery('stockMode=all&filter='), report), []);
    assert.deepEqual(plain(filters.filterOf(parseQuery('filter=store=a&limit=1&stockMode=all'), report)), [
      { field: 'store', operator: '=', value: 'a' },
      { field: 'stockMode', operator: '=', value: 'all' },
    ]);
  });

  it('leave other parameters alone', () => {
    for (const raw of ['stateless=1', 'xstate=1', 'order=state', 'search=state=DONE', 'state']) {
      assert.deepEqual(filters.filterOf(parseQuery(raw), tasks), [], raw);
      assert.equal(filters.joinedQuery(parseQuery(raw), tasks), raw);
    }
  });

  it('mean the same in the joined form', () => {
    const value = fc.string({ unit: fc.constantFrom('a', ';', '=', '<', ' ', 'я', '+', '\\') });
    const piece = fc.oneof(
      value.map((text) => `filter=${encodeURIComponent(`request=x${text.replaceAll(';', '\\;')}`)}`),
      value.map((text) => `state=${encodeURIComponent(`x${text.replaceAll(';', '\\;')}b`)}`),
      fc.constantFrom(
        'filter=',
        'filter=state=DONE;',
        'filter=state=DONE%3B',
        'state=A;state=B;',
        'limit=5',
        'a=b',
      ),
    );
    const known = (raw: string) => plain(filters.filterOf(parseQuery(raw), tasks));
    const text = ({ field, operator, value: each }: Plain) => `${field}${operator}${each}`;
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const raw = pieces.join('&');
        // A backslash at the end of one condition would escape the semicolon before the next.
        fc.pre(!known(raw).some(({ value: each }) => each.endsWith('\\')));
        const joined = filters.joinedQuery(parseQuery(raw), tasks);
        assert.deepEqual(known(joined).map(text).sort(), known(raw).map(text).sort());
        assert.equal(filters.joinedQuery(parseQuery(joined), tasks), joined);
      }),
    );
  });
});
