/** What holds for every kind by its declaration: a new one is tested by being in the list. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Operator } from '../../../src/contract/filter.ts';
import { filterFieldsOf } from '../../../src/warehouse/entities/filters.ts';
import type { Kind } from '../../../src/warehouse/entities/kind.ts';
import { kinds } from '../../../src/warehouse/kinds/index.ts';
import { engines } from '../../support/engines.ts';
import { BASE, FreshAccount, type Json, ref } from '../entities/fresh-account.ts';

const routed = [...kinds.values()].filter(({ hasRoute }) => hasRoute);
const SOME_ID = '00000000-0000-4000-8000-000000000000';

/** A value of a filter that fits the type. */
function filterValue(field: ReturnType<typeof filterFieldsOf>[string]): string {
  const { type, values, kinds: leadsTo } = field!;
  if (type === 'enum') return values?.[0] ?? '';
  if (type === 'reference') return `${BASE}/entity/${leadsTo?.[0]}/${SOME_ID}`;
  const samples = {
    string: 'Ab',
    number: '1.5',
    integer: '1',
    quantity: '1.25',
    date: '2026-01-01 00:00:00',
    boolean: 'true',
    uuid: SOME_ID,
  };
  return samples[type];
}

/** What a kind needs to be created. */
async function needed(account: FreshAccount, { type, fields }: Kind): Promise<object> {
  const body: Record<string, unknown> = {};
  for (const [name, { isRequired, leadsTo, type: fieldType }] of Object.entries(fields)) {
    if (isRequired !== true) continue;
    if (leadsTo?.includes('counterparty'))
      body[name] = ref(await account.create('counterparty', { name: 'x' }));
    else if (leadsTo?.[0] !== undefined) body[name] = ref(await account.seeded(leadsTo[0]));
    else if (fieldType === 'string') body[name] = `Some ${type}`;
  }
  return body;
}

describe('the declarations of kinds', () => {
  it('lead only to kinds that exist', () => {
    for (const kind of kinds.values()) {
      const fields = { ...kind.fields, ...kind.positions?.fields };
      for (const [name, { leadsTo = [], column, table }] of Object.entries(fields)) {
        for (const type of leadsTo) {
          assert.ok(kinds.has(type), `${kind.type}.${name} leads to ${type}`);
          if (column !== undefined) assert.equal(kinds.get(type)?.table, table, `${kind.type}.${name}`);
        }
      }
      for (const name of kind.search.fields)
        assert.equal(kind.fields[name]?.kept, 'text', `${kind.type}.${name}`);
    }
  });
});

for (const engine of engines) {
  describe(`every kind on ${engine.name}`, () => {
    let account: FreshAccount;
    before(async () => {
      account = await FreshAccount.open(engine);
    });
    after(() => account[Symbol.asyncDispose]());

    for (const kind of routed) {
      it(`${kind.type} is created, found, put back unchanged and deleted`, async () => {
        const created = await account.create(kind.type, await needed(account, kind));
        assert.deepEqual(await account.get(kind.type, created.id), created);
        const { rows } = await account.list(kind.type, `filter=id=${created.id}`);
        assert.deepEqual(rows, [created]);
        assert.deepEqual(await account.update(kind.type, created.id, created), created);
        await account.remove(kind.type, created.id);
        assert.deepEqual((await account.list(kind.type, `filter=id=${created.id}`)).rows, []);
      });

      it(`${kind.type} can be filtered by every field with every operator that it has`, async () => {
        for (const [name, field] of Object.entries(filterFieldsOf(kind))) {
          const empty: readonly (readonly [Operator, string])[] = [
            ['=', ''],
            ['!=', ''],
          ];
          const given = field.operators.map((operator) => [operator, filterValue(field)] as const);
          for (const [operator, value] of [...given, ...empty]) {
            const filter = encodeURIComponent(`${name}${operator}${value}`);
            const { meta, rows } = await account.list(kind.type, `filter=${filter}`);
            assert.equal(meta.size, rows.length, `${name}${operator}${value}`);
          }
        }
      });

      it(`${kind.type} can be sorted by every field that is one value, both ways`, async () => {
        const names = Object.keys(kind.fields).filter((name) => kind.fields[name]?.isSortable === true);
        for (const name of ['id', 'version', ...names]) {
          const ids = async (order: string) =>
            (await account.list(kind.type, `order=${order}`)).rows.map(({ id }: Json) => id);
          const ascending = await ids(name);
          assert.deepEqual((await ids(`${name},desc`)).toSorted(), ascending.toSorted(), name);
        }
      });
    }
  });
}
