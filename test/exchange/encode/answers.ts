/** Random shapes with rows, and the objects that they stand for, computed apart from the encoder. */
import fc from 'fast-check';
import type { Opened, Part, RowBatch, Shape, Value } from '../../../src/exchange/ports.ts';

export interface Example {
  readonly shape: Shape;
  readonly rows: RowBatch;
  readonly expected: readonly object[];
}

/** A member of an object, by how it is written. */
type Member = { readonly key: string; readonly isOptional: boolean } & (
  | { readonly kind: 'text' | 'integer' | 'decimal' | 'raw' }
  | { readonly kind: 'fragment'; readonly table: readonly unknown[] }
  | { readonly kind: 'list'; readonly members: readonly Member[] }
);

/** Any UTF-16, lone surrogates and control characters included. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.oneof(
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0xd800, max: 0xdfff }),
        fc.integer({ min: 0, max: 0x7f }),
      ),
    )
    .map((units) => String.fromCharCode(...units)),
);
export const anyInteger = fc.oneof(
  fc.integer({ min: -100_000, max: 100_000 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(
    0,
    -0,
    2 ** 31,
    -(2 ** 31),
    10 ** 9,
    10 ** 9 - 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ),
);
/** JSON has no -0, and no lone surrogate outside an escape. */
const anyJson = fc
  .jsonValue({ noUnicodeString: false })
  .map((value): unknown => JSON.parse(JSON.stringify(value)));

const memberOf = (depth: number): fc.Arbitrary<Member> => {
  const common = { key: fc.string(), isOptional: fc.boolean() };
  const leaves: fc.Arbitrary<Member>[] = [
    fc.record({ ...common, kind: fc.constantFrom('text', 'integer', 'decimal', 'raw') }),
    fc.record({
      ...common,
      kind: fc.constant('fragment'),
      table: fc.array(anyJson, { minLength: 1, maxLength: 4 }),
    }),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  return fc.oneof(
    ...leaves,
    fc.record({ ...common, kind: fc.constant('list'), members: membersOf(depth - 1) }),
  );
};

const membersOf = (depth: number): fc.Arbitrary<readonly Member[]> =>
  fc.uniqueArray(memberOf(depth), { selector: ({ key }) => key, maxLength: 5 });

/** A shape with rows of it. */
export const example: fc.Arbitrary<Example> = membersOf(2).chain((members) =>
  fc.array(rowOf(members), { maxLength: 12 }).map((rows) => ({
    shape: partsOf(members),
    rows: rows.map(({ row }) => row),
    expected: rows.map(({ object }) => object),
  })),
);

/** Rows are objects that begin with `"row":true`, so that every further member carries its comma before it. */
function partsOf(members: readonly Member[]): Part[] {
  const parts = members.flatMap((member, column): Part[] => {
    const named = [{ literal: `,${JSON.stringify(member.key)}:` }, partOf(member, column)];
    return member.isOptional ? [{ optional: column, parts: named }] : named;
  });
  return [{ literal: '{"row"' }, { literal: ':true' }, ...parts, { literal: '}' }];
}

function partOf(member: Member, column: number): Part {
  switch (member.kind) {
    case 'text':
      return { text: column };
    case 'integer':
      return { integer: column };
    case 'decimal':
      return { decimal: column };
    case 'raw':
      return { raw: column };
    case 'fragment':
      return { fragment: column, table: member.table.map((value) => JSON.stringify(value)) };
    case 'list':
      return { list: column, parts: partsOf(member.members) };
  }
}

/** A cell as the source gives it, and what must be read in its place; null in a required place is JSON's null. */
interface Cell {
  readonly value: Value;
  readonly meaning: unknown;
}

const rowOf = (members: readonly Member[]): fc.Arbitrary<{ row: readonly Value[]; object: object }> =>
  fc.tuple(...members.map((member) => fc.option(cellOf(member), { nil: null }))).map((cells) => ({
    row: cells.map((cell) => cell?.value ?? null),
    object: Object.fromEntries([
      ['row', true],
      ...members.flatMap(({ key, isOptional }, i) => {
        const cell = cells[i];
        if (cell === null || cell === undefined) return isOptional ? [] : [[key, null]];
        return [[key, cell.meaning]];
      }),
    ]),
  }));

function cellOf(member: Member): fc.Arbitrary<Cell> {
  switch (member.kind) {
    case 'text':
      return anyText.map((value) => ({ value, meaning: value }));
    case 'integer':
      return anyInteger.map((value) => ({ value, meaning: value + 0 }));
    case 'decimal':
      // Both are exact doubles, so the division is the double nearest to the true value, as JSON.parse's is.
      return anyInteger.map((value) => ({ value, meaning: value / 10_000 + 0 }));
    case 'raw':
      return anyJson.map((meaning) => ({ value: JSON.stringify(meaning), meaning }));
    case 'fragment':
      return fc.nat(member.table.length - 1).map((value) => ({ value, meaning: member.table[value] }));
    case 'list':
      return fc.array(rowOf(member.members), { maxLength: 4 }).map((rows) => ({
        value: rows.map(({ row }) => row),
        meaning: rows.map(({ object }) => object),
      }));
  }
}

/** An answer as a source opens it, its rows in batches of the given sizes, the rest in a last one. */
export function opened(
  head: object,
  shape: Shape,
  rows: RowBatch,
  batchSizes: readonly number[] = [],
): Opened {
  async function* batches(): AsyncGenerator<RowBatch> {
    let from = 0;
    for (const size of batchSizes) {
      yield rows.slice(from, from + size);
      from += size;
    }
    yield rows.slice(from);
  }
  return { head, shape, total: rows.length, batches: batches(), snapshot: { sequence: 1, moment: 0 } };
}
