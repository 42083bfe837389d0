import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TaskCondition, TaskQuery } from '../../../src/exchange/index.ts';
import type { Task } from '../../../src/exchange/task.ts';
import { accountKey } from '../../../src/platform/ids.ts';
import { admit, claim, doneAs, REFUSED } from '../../suites/task-store.ts';
import { engines } from '../../support/engines.ts';
import { openSqlQueue, type SqlQueue } from '../../support/queues.ts';

const A = accountKey(1);

/** Tasks in several states, some with equal requests, creations and deletionDates. */
async function fill({ store, clock, steady }: SqlQueue): Promise<readonly Task[]> {
  for (let round = 0; round < 12; round++) {
    const { id } = await admit(store, A, `async=true&round=${round % 5}`);
    if (round % 2 === 0) clock.advance(60_000);
    const attempt = await claim(store);
    if (round % 4 === 0) await store.release(attempt, attempt.tally, steady.now() + 3_600_000);
    else if (round % 4 === 1) await store.finish(attempt, REFUSED);
    else if (round % 6 === 2) await store.cancel(A, id);
    else await store.finish(attempt, doneAs(id));
  }
  const { tasks } = await store.list(A, { conditions: [], order: [], limit: 1000, offset: 0 });
  return tasks;
}

const deletionOf = (task: Task): number | null => (task.state === 'DONE' ? task.result.deletionAt : null);
const fieldOf = (task: Task, field: TaskCondition['field'] | 'created'): string | number | null =>
  ({ state: task.state, request: task.request.url, deletionDate: deletionOf(task), created: task.createdAt })[
    field
  ];

/** Of the contract (async.md §4, http.md): `=` on one field are alternatives, everything else must hold. */
function matches(task: Task, conditions: readonly TaskCondition[]): boolean {
  const holds = ({ field, operator, value }: TaskCondition): boolean => {
    const own = fieldOf(task, field);
    if (value === null) return operator === '=' ? own === null : own !== null;
    if (own === null) return false;
    if (operator === '=') return own === value;
    if (operator === '!=') return own !== value;
    if (operator === '<') return own < value;
    if (operator === '>') return own > value;
    return operator === '<=' ? own <= value : own >= value;
  };
  const equal = Map.groupBy(
    conditions.filter(({ operator }) => operator === '='),
    ({ field }) => field,
  );
  const others = conditions.filter(({ operator }) => operator !== '=');
  return [...equal.values()].every((same) => same.some(holds)) && others.every(holds);
}

/** Absent values last when ascending, first when descending. */
function compare(a: Task, b: Task, order: TaskQuery['order']): number {
  for (const { field, descending } of order) {
    const [own, other] = [fieldOf(a, field), fieldOf(b, field)];
    if (own === other) continue;
    const isLess = own === null ? false : other === null || own < other;
    return isLess === descending ? 1 : -1;
  }
  return 0;
}

const orders = fc.array(
  fc.record({
    field: fc.constantFrom('created' as const, 'deletionDate' as const, 'request' as const),
    descending: fc.boolean(),
  }),
  { maxLength: 2 },
);

for (const engine of engines) {
  describe(`the list of tasks in ${engine.name}`, () => {
    it('filters, sorts and cuts as the contract says, in a total order', async () => {
      await using queue = await openSqlQueue(engine);
      const tasks = await fill(queue);
      assert.equal(tasks.length, 12);
      const values = {
        state: fc.constantFrom('DONE', 'API_ERROR', 'CANCEL', 'PENDING'),
        request: fc.constantFrom(...tasks.map(({ request }) => request.url), 'https://stock.example/other'),
        deletionDate: fc.constantFrom(null, ...tasks.map(deletionOf), 5),
      };
      const condition: fc.Arbitrary<TaskCondition> = fc
        .constantFrom('state' as const, 'request' as const, 'deletionDate' as const)
        .chain((field) =>
          fc
            .record<{ operator: TaskCondition['operator']; value: string | number | null }>({
              operator:
                field === 'deletionDate'
                  ? fc.constantFrom('=', '!=', '<', '>', '<=', '>=')
                  : fc.constantFrom('=', '!='),
              value: values[field],
            })
            // An empty value is compared by = and != alone.
            .filter(({ operator, value }) => value !== null || operator === '=' || operator === '!=')
            .map((rest) => ({ field, ...rest })),
        );
      const query = fc.record({
        conditions: fc.array(condition, { maxLength: 3 }),
        order: orders,
        limit: fc.constantFrom(0, 1, 3, 1000),
        offset: fc.nat(13),
      });
      await fc.assert(
        fc.asyncProperty(query, async (asked) => {
          const expected = tasks.filter((task) => matches(task, asked.conditions));
          const whole = await queue.store.list(A, { ...asked, limit: 1000, offset: 0 });
          assert.equal(whole.size, expected.length);
          assert.deepEqual(new Set(whole.tasks.map(({ id }) => id)), new Set(expected.map(({ id }) => id)));
          const order =
            asked.order.length > 0 ? asked.order : [{ field: 'created', descending: true } as const];
          for (const [index, task] of whole.tasks.slice(1).entries()) {
            assert.ok(compare(whole.tasks[index]!, task, order) <= 0);
          }
          const window = await queue.store.list(A, asked);
          assert.equal(window.size, expected.length);
          assert.deepEqual(window.tasks, whole.tasks.slice(asked.offset, asked.offset + asked.limit));
        }),
        { numRuns: 150 },
      );
    });
  });
}
