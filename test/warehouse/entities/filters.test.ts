/** Every operator of every type of field against a model that knows no SQL. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { engines } from '../../support/engines.ts';
import { FreshAccount, type Json, ref } from './fresh-account.ts';

/**
 * Texts that case, accents, wildcards and the language's own signs make difficult. None ends in a backslash: before
 * the next `;` it would make a semicolon.
 */
const TEXTS = [
  'a',
  'A',
  'ab',
  'Ab',
  'Я',
  'я',
  'яб',
  'É',
  'é',
  '%',
  '_',
  '\\b',
  'a;b',
  "'",
  '10%',
  'ß',
  'СТРАẞЕ',
  'İ',
];
const NUMBERS = [0, 0.0001, 0.5, 1, 2.5, 10, 1000.1234];
const MOMENTS = ['2026-01-01 00:00:00', '2026-01-01 00:01:00', '2026-01-02 00:00:00', '2026-02-01 10:30:00'];

type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=' | '~' | '~=' | '=~';
interface Condition {
  readonly field: string;
  readonly operator: Operator;
  readonly value: string;
}

const fold = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC');
const isInequality = (operator: Operator): boolean => ['<', '>', '<=', '>='].includes(operator);

/** What a field of an object as the API shows it is worth in a comparison; undefined where it is absent. */
function worth(shown: Json, field: string): string | number | boolean | undefined {
  const value = shown[field];
  if (value === undefined || value === '') return undefined;
  if (field === 'updated' || field === 'moment') return Date.parse(`${value.replace(' ', 'T')}Z`);
  return typeof value === 'object' ? value.meta.href : value;
}

function holds(shown: Json, { field, operator, value }: Condition): boolean {
  const found = worth(shown, field);
  if (value === '' && (operator === '=' || operator === '!='))
    return (found === undefined) === (operator === '=');
  if (operator === '!=') return !holds(shown, { field, operator: '=', value });
  if (found === undefined) return false;
  if (typeof found === 'boolean') return String(found) === value;
  if (field === 'updated' || field === 'moment') {
    const from = Date.parse(`${value.replace(' ', 'T')}Z`);
    return compare(operator, Number(found), from, from + 1000);
  }
  if (typeof found === 'number') return compare(operator, found, Number(value), Number(value));
  if (operator === '~') return fold(found).includes(fold(value));
  if (operator === '~=') return fold(found).startsWith(fold(value));
  if (operator === '=~') return fold(found).endsWith(fold(value));
  return found === value;
}

/** A number against one, or an instant against the second [from, until) that a date stands for. */
function compare(operator: Operator, found: number, from: number, until: number): boolean {
  const isInside = from === until ? found === from : found >= from && found < until;
  if (operator === '=') return isInside;
  if (operator === '<') return found < from;
  if (operator === '<=') return found < from || isInside;
  if (operator === '>') return found > from && !isInside;
  return found > from || isInside;
}

/** `=` on one field are alternatives, of equal inequalities the first counts, everything else must hold. */
function matches(shown: Json, conditions: readonly Condition[]): boolean {
  const byField = Map.groupBy(conditions, ({ field }) => field);
  return [...byField.values()].every((own) => {
    const equal = own.filter(({ operator }) => operator === '=');
    const others = own.filter(
      ({ operator }, index) =>
        operator !== '=' &&
        (!isInequality(operator) || own.findIndex((each) => each.operator === operator) === index),
    );
    const alternatives = equal.length === 0 || equal.some((each) => holds(shown, each));
    return alternatives && others.every((each) => holds(shown, each));
  });
}

const texts = fc.constantFrom(...TEXTS);
const textCondition = (field: string): fc.Arbitrary<Condition> =>
  fc.record({
    field: fc.constant(field),
    operator: fc.constantFrom<Operator>('=', '!=', '~', '~=', '=~'),
    value: fc.oneof(texts, fc.constant('')),
  });
const orderedCondition = (field: string, values: fc.Arbitrary<string>): fc.Arbitrary<Condition> =>
  fc.record({
    field: fc.constant(field),
    operator: fc.constantFrom<Operator>('=', '!=', '<', '>', '<=', '>='),
    value: values,
  });
const equalityCondition = (field: string, values: fc.Arbitrary<string>): fc.Arbitrary<Condition> =>
  fc.record({ field: fc.constant(field), operator: fc.constantFrom<Operator>('=', '!='), value: values });

/** The language forbids an equality beside an inequality on one field. */
const isAllowed = (conditions: readonly Condition[]): boolean =>
  [...Map.groupBy(conditions, ({ field }) => field).values()].every(
    (own) =>
      !own.some(({ operator }) => operator === '=') || !own.some(({ operator }) => isInequality(operator)),
  );

const written = (conditions: readonly Condition[]): string =>
  conditions
    .map(({ field, operator, value }) => `${field}${operator}${value.replaceAll(';', '\\;')}`)
    .join(';');

for (const engine of engines) {
  describe(`filters on ${engine.name}`, () => {
    let account: FreshAccount;
    let suppliers: Json[];
    before(async () => {
      account = await FreshAccount.open(engine);
      suppliers = await Promise.all(['One', 'Two'].map((name) => account.create('counterparty', { name })));
      const [store, organization] = [await account.seeded('store'), await account.seeded('organization')];
      for (let index = 0; index < 60; index++) {
        account.now = Date.UTC(2026, 0, 1 + (index % 3), 0, 0, index % 2, (index * 137) % 1000);
        const pick = <T>(values: readonly T[], step: number): T | undefined =>
          values[(index * step) % (values.length + 3)];
        const [code, article, description] = [pick(TEXTS, 5), pick(TEXTS, 7), pick(TEXTS, 11)];
        const [weight, supplier] = [pick(NUMBERS, 3), pick(suppliers, 1)];
        await account.create('product', {
          name: `${TEXTS[index % TEXTS.length]}${index % 2 === 0 ? '' : TEXTS[(index * 5) % TEXTS.length]}`,
          archived: index % 4 === 0,
          ...(code !== undefined && { code }),
          ...(article !== undefined && { article }),
          ...(description !== undefined && { description }),
          ...(weight !== undefined && { weight, minimumBalance: weight }),
          ...(supplier !== undefined && { supplier: ref(supplier) }),
        });
        await account.create('enter', {
          store: ref(store),
          organization: ref(organization),
          moment: MOMENTS[index % MOMENTS.length],
          applicable: index % 3 !== 0,
        });
      }
    });
    after(() => account[Symbol.asyncDispose]());

    const agree = async (
      type: string,
      conditions: fc.Arbitrary<Condition>,
      always: string,
    ): Promise<void> => {
      const all: Json[] = (await account.list(type, `filter=${encodeURIComponent(always)}`)).rows;
      assert.equal(all.length, 60);
      await fc.assert(
        fc.asyncProperty(fc.array(conditions, { minLength: 1, maxLength: 4 }), async (chosen) => {
          fc.pre(isAllowed(chosen));
          const namesArchived = chosen.some(({ field }) => field === 'archived');
          const filter = written(chosen) + (namesArchived ? '' : `;${always}`);
          const { meta, rows } = await account.list(type, `filter=${encodeURIComponent(filter)}`);
          const expected = all.filter((shown) => matches(shown, chosen)).map(({ id }: Json) => id);
          assert.deepEqual(
            rows.map(({ id }: Json) => id),
            expected,
            filter,
          );
          assert.equal(meta.size, expected.length);
        }),
        { numRuns: 150 },
      );
    };

    it('agrees with the model on texts, numbers, dates, flags and references of products', async () => {
      const seconds = fc.constantFrom('2026-01-01 00:00:00', '2026-01-01 00:00:01', '2026-01-02 00:00:00');
      const numbers = fc.constantFrom(...NUMBERS.map(String), '-1', '5000');
      await agree(
        'product',
        fc.oneof(
          ...['name', 'code', 'article', 'description'].map(textCondition),
          orderedCondition('weight', numbers),
          orderedCondition('minimumBalance', numbers),
          orderedCondition('updated', seconds),
          equalityCondition('archived', fc.constantFrom('true', 'false')),
          equalityCondition('isSerialTrackable', fc.constant('true')),
          equalityCondition('supplier', fc.constantFrom(...suppliers.map(({ meta }) => meta.href), '')),
        ),
        'archived=true;archived=false',
      );
    });

    it('finds a list by any of its texts, and by nothing that stands across two of them', async () => {
      const lists = [
        [],
        ['a'],
        ['A', 'ab'],
        ['Я', 'b'],
        ['яб'],
        ['a,b', '"a"'],
        ['\\b'],
        ['a b', 'ba'],
        ['%', 'b\na'],
      ];
      const tagged = await Promise.all(
        lists.map((tags, index) => account.create('counterparty', { name: `Tagged ${index}`, tags })),
      );
      const coded = await Promise.all(
        lists.map((codes, index) =>
          account.create('product', {
            name: `Coded ${index}`,
            barcodes: codes.map((code, at) => ({ [at === 0 ? 'ean13' : 'code128']: code })),
          }),
        ),
      );
      const found = async (type: string, filter: string): Promise<string[]> =>
        (await account.list(type, `filter=${encodeURIComponent(filter)}`)).rows.map(({ id }: Json) => id);
      const values = ['', 'a', 'A', 'b', 'я', 'Я', 'a,b', '"a"', '\\b', 'a b', '%', '"', ',', 'b\na'];
      for (const operator of ['=', '!=', '~', '~=', '=~'] as const) {
        for (const value of values) {
          const model = lists.map((texts) => {
            if (value === '' && operator === '=') return texts.length === 0;
            if (value === '' && operator === '!=') return texts.length > 0;
            const has = texts.some((text) =>
              holds({ text }, { field: 'text', operator: operator === '!=' ? '=' : operator, value }),
            );
            return operator === '!=' ? !has : has;
          });
          const expected = (objects: readonly Json[]) =>
            objects.filter((_, at) => model[at]).map(({ id }) => id);
          const condition = `${operator}${value}`;
          assert.deepEqual(
            await found('counterparty', `name~=Tagged;tags${condition}`),
            expected(tagged),
            condition,
          );
          assert.deepEqual(
            await found('product', `name~=Coded;barcodes${condition}`),
            expected(coded),
            condition,
          );
        }
      }
      assert.deepEqual(
        await found('counterparty', 'tags=a;tags=яб'),
        [tagged[1], tagged[4]].map(({ id }) => id),
      );
      const [, , third] = tagged;
      await account.update('counterparty', third.id, { tags: ['c'] });
      assert.deepEqual(
        [await found('counterparty', 'tags=A'), await found('counterparty', 'tags=c')],
        [[], [third.id]],
      );
      await account.update('counterparty', third.id, { tags: [] });
      assert.deepEqual(await found('counterparty', 'tags=c'), []);
      // What carries the lines is not shown.
      assert.equal((await account.get('counterparty', third.id)).lines, undefined);
    });

    it('agrees with the model on moments and flags of documents', async () => {
      await agree(
        'enter',
        fc.oneof(
          orderedCondition('moment', fc.constantFrom(...MOMENTS, '2026-01-01 00:00:30')),
          equalityCondition('applicable', fc.constantFrom('true', 'false')),
          orderedCondition('sum', fc.constantFrom('0', '0.5', '-1')),
          textCondition('name'),
          textCondition('externalCode'),
        ),
        '',
      );
    });
  });
}
