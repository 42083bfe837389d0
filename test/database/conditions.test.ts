/** Conditions mean the same on both engines, and what the query language says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Condition, matching, type Operator, type Stretch } from '../../src/database/conditions.ts';
import type { Database } from '../../src/database/database.ts';
import { engines, type TestDatabase } from '../support/engines.ts';

const rooms = [
  {
    room: 'kept',
    migrations: [
      { name: '0001', statements: ['create table kept (id {int} primary key, name {text}, amount {int})'] },
    ],
  },
];

interface Kept {
  readonly id: number;
  readonly name: string | null;
  readonly amount: number | null;
}

const ROWS: readonly Kept[] = [
  null,
  '',
  'a',
  'ab',
  'abc',
  'aab',
  'b%',
  '%',
  '_',
  'a_c',
  '\\',
  "it's",
  'Ёж',
  'ёж',
  'ёлка 🎄',
  '🎄',
  '🎄ёлка',
  ' a',
  'a ',
].map((name, index) => ({ id: index + 1, name, amount: index % 7 === 0 ? null : (index % 5) * 1000 }));

async function arrange(database: Database): Promise<void> {
  await database.write((tx) =>
    tx.insertRows(
      'kept',
      ['id', 'name', 'amount'],
      ROWS.map(({ id, name, amount }) => [id, name, amount]),
    ),
  );
}

async function found({ database }: TestDatabase, conditions: readonly Condition[]): Promise<number[]> {
  const rows = await database.read((q) =>
    q
      .tables<{ kept: Kept }>()
      .selectFrom('kept')
      .select('id')
      .where(matching(database.engine, conditions))
      .orderBy('id')
      .execute(),
  );
  return rows.map(({ id }) => id);
}

const named = (operator: Operator, value: string | null): Condition => ({
  expression: 'name',
  type: 'text',
  operator,
  value,
});
const amounted = (operator: Operator, value: number | null | Stretch): Condition => ({
  expression: 'amount',
  type: 'number',
  operator,
  value,
});

/** One condition over one value, in plain words. */
function holds({ type, operator, value }: Condition, cell: string | number | null): boolean {
  const isEmpty = cell === null || (type === 'text' && cell === '');
  if (value === null) return operator === '=' ? isEmpty : !isEmpty;
  if (cell === null) return operator === '!=' || operator === '!~';
  if (typeof value === 'object') return holdsInStretch(operator, value, Number(cell));
  if (typeof value === 'string') return holdsForText(operator, String(cell), value);
  return holdsForOrder(operator, Number(cell) - value);
}

function holdsForOrder(operator: Operator, difference: number): boolean {
  const outcomes: Partial<Record<Operator, boolean>> = {
    '=': difference === 0,
    '!=': difference !== 0,
    '<': difference < 0,
    '<=': difference <= 0,
    '>': difference > 0,
    '>=': difference >= 0,
  };
  return outcomes[operator]!;
}

function holdsForText(operator: Operator, cell: string, value: string): boolean {
  if (operator === '~') return cell.includes(value);
  if (operator === '!~') return !cell.includes(value);
  if (operator === '~=') return cell.startsWith(value);
  if (operator === '=~') return cell.endsWith(value);
  return holdsForOrder(operator, Buffer.compare(Buffer.from(cell), Buffer.from(value)));
}

function holdsInStretch(operator: Operator, { from, until }: Stretch, cell: number): boolean {
  const isInside = from <= cell && cell < until;
  if (operator === '=' || operator === '!=') return isInside === (operator === '=');
  if (operator === '<') return cell < from;
  if (operator === '<=') return cell < until;
  return operator === '>' ? cell >= until : cell >= from;
}

function expected(conditions: readonly Condition[]): number[] {
  const matches = (row: Kept): boolean =>
    (['name', 'amount'] as const).every((field) => {
      const own = conditions.filter(({ expression }) => expression === field);
      const equalities = own.filter(({ operator }) => operator === '=');
      const rest = own.filter(({ operator }) => operator !== '=');
      const isOneOf = equalities.length === 0 || equalities.some((each) => holds(each, row[field]));
      return isOneOf && rest.every((each) => holds(each, row[field]));
    });
  return ROWS.filter(matches).map(({ id }) => id);
}

const order = fc.constantFrom<Operator>('=', '!=', '<', '>', '<=', '>=');
const similarity = fc.constantFrom<Operator>('~', '~=', '=~', '!~');
const text = fc.constantFrom('', 'a', 'b', 'ab', '%', '_', '\\', "'", 'ё', 'Ё', '🎄', ' ', 'nothing like it');
const empty = fc.constantFrom<Operator>('=', '!=');
const amount = fc.constantFrom(0, 1000, 1500.5, 2000, -1);
const condition = fc.oneof(
  fc.tuple(fc.oneof(order, similarity), text).map(([operator, value]) => named(operator, value)),
  empty.map((operator) => named(operator, null)),
  empty.map((operator) => amounted(operator, null)),
  fc.tuple(order, amount).map(([operator, value]) => amounted(operator, value)),
  fc
    .tuple(order, fc.nat({ max: 5 }))
    .map(([operator, n]) => amounted(operator, { from: n * 500, until: n * 500 + 1000 })),
);

for (const engine of engines)
  describe(`conditions on ${engine.name}`, () => {
    it('find the rows that they describe', async () => {
      await using opened = await engine.open(rooms);
      await arrange(opened.database);
      await fc.assert(
        fc.asyncProperty(fc.array(condition, { maxLength: 5 }), async (conditions) => {
          assert.deepEqual(await found(opened, conditions), expected(conditions));
        }),
        { numRuns: 300 },
      );
    });

    it('find any of several equal values, the empty one among them', async () => {
      await using opened = await engine.open(rooms);
      await arrange(opened.database);
      assert.deepEqual(
        await found(opened, [named('=', 'a'), named('=', null), named('=', 'abc')]),
        [1, 2, 3, 5],
      );
    });

    it('find rows without a value where another one is unwanted, and not where a value is wanted', async () => {
      await using opened = await engine.open(rooms);
      await arrange(opened.database);
      assert.ok((await found(opened, [named('!=', 'a')])).includes(1));
      const both = await found(opened, [named('!=', 'a'), named('!=', null)]);
      assert.deepEqual(
        both,
        ROWS.filter(({ name }) => name !== null && name !== '' && name !== 'a').map(({ id }) => id),
      );
    });

    it('treat the wild cards of SQL as ordinary characters', async () => {
      await using opened = await engine.open(rooms);
      await arrange(opened.database);
      const names = async (operator: Operator, value: string): Promise<unknown[]> =>
        (await found(opened, [named(operator, value)])).map((id) => ROWS[id - 1]!.name);
      assert.deepEqual(await names('~', '%'), ['b%', '%']);
      assert.deepEqual(await names('~=', '_'), ['_']);
      assert.deepEqual(await names('=~', '\\'), ['\\']);
    });
  });
