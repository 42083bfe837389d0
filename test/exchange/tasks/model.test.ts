import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Task } from '../../../src/exchange/task.ts';
import type { Attempt, Ending } from '../../../src/exchange/tasks/store.ts';
import { accountKey } from '../../../src/platform/ids.ts';
import { DONE, REFUSED } from '../../suites/task-store.ts';
import { engines } from '../../support/engines.ts';
import { creationOf, type OpenedQueue, openSqlQueue, queues } from '../../support/queues.ts';

const ACCOUNTS = [1, 2, 3];
/** Tasks are picked by a number: the remainder among those that there are. */
const pick = fc.nat({ max: 1000 });
const account = fc.constantFrom(...ACCOUNTS);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('admit' as const), account }) },
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('claim' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('finish' as const),
      pick,
      kind: fc.constantFrom('done', 'refused', 'failed'),
      lapsed: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('release' as const),
      pick,
      pause: fc.constantFrom(0, 100, 5_000),
      lapsed: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('cancel' as const), pick, account }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('renew' as const), pick, rows: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('giveUp' as const) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('lapsed' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 100, 5_000, 15_000, 4 * 24 * 3_600_000),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A store under test: its ids are random, so tasks and attempts are known by the order of their making. */
class Driver {
  readonly #queue: OpenedQueue;
  readonly #tasks: Task[] = [];
  readonly #attempts: Attempt[] = [];

  constructor(queue: OpenedQueue) {
    this.#queue = queue;
  }

  async take(one: Step): Promise<unknown> {
    const { store, clock, steady } = this.#queue;
    const lapsedBy = 'lapsed' in one && one.lapsed ? steady.now() : undefined;
    const attempt = 'pick' in one ? this.#attempts[one.pick % (this.#attempts.length || 1)] : undefined;
    switch (one.verb) {
      case 'admit': {
        const outcome = await store.admit(creationOf(one.account));
        if (outcome.kind === 'admitted') this.#tasks.push(outcome.task);
        return outcome.kind;
      }
      case 'claim': {
        const claimed = await store.claim('runner');
        if (claimed !== undefined) this.#attempts.push(claimed);
        return claimed && this.#named(claimed);
      }
      case 'finish':
        return attempt && store.finish(attempt, endingOf(one.kind, attempt), lapsedBy);
      case 'release': {
        const tally = attempt && { ...attempt.tally, failures: attempt.tally.failures + 1 };
        return attempt && tally && store.release(attempt, tally, steady.now() + one.pause, lapsedBy);
      }
      case 'cancel': {
        const task = this.#tasks[one.pick % (this.#tasks.length || 1)];
        return task && store.cancel(accountKey(one.account), task.id);
      }
      case 'renew': {
        if (attempt === undefined) return undefined;
        const looked = await store.lookUp([attempt]);
        const renewed = await store.renew([{ ...attempt, rows: one.rows, total: 100 }]);
        return [looked.length, renewed.length];
      }
      case 'giveUp':
        return Promise.all((await store.stale(10)).map((stale) => store.giveUp(stale, 'f-1')));
      case 'lapsed': {
        const span = { from: 0, until: steady.now() };
        return (await store.lapsed(span, 100)).map((lapsed) => this.#named(lapsed)).sort();
      }
      case 'wait':
        clock.advance(one.ms);
        steady.advance(one.ms);
        return undefined;
    }
  }

  /** All that can be seen. */
  async sight(): Promise<unknown> {
    const seen = [];
    for (const one of ACCOUNTS) {
      const everything = { conditions: [], order: [], limit: 1000, offset: 0 };
      const { tasks, size } = await this.#queue.store.list(accountKey(one), everything);
      seen.push({ size, tasks: tasks.map((task) => this.#anonymous(task)) });
    }
    for (const { id } of this.#tasks) seen.push(await this.#queue.eventsOf(id));
    return seen;
  }

  #named({ id, attempt, tally }: Attempt): string {
    return JSON.stringify([this.#tasks.findIndex((task) => task.id === id), attempt, tally]);
  }

  #anonymous(task: Task): unknown {
    const id = this.#tasks.findIndex((one) => one.id === task.id);
    return 'result' in task ? { ...task, id, result: { ...task.result, name: '' } } : { ...task, id };
  }
}

function endingOf(kind: string, { id, attempt, tally }: Attempt): Ending {
  if (kind === 'refused') return REFUSED;
  if (kind === 'failed') return { kind: 'failed', failure: 'f-1', tally };
  const done = DONE as Extract<Ending, { kind: 'done' }>;
  return { ...done, stored: { ...done.stored, name: `${id}-${attempt}` } };
}

const model = queues.find(({ name }) => name === 'model')!;

for (const engine of engines) {
  describe(`the queue in ${engine.name} against the model`, () => {
    it('answers every verb alike, in any order', async () => {
      await using queue = await openSqlQueue(engine, { maxRunning: 2 });
      const runs = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        await empty(queue);
        await using modelled = await model.open({ maxRunning: 2 });
        modelled.clock.advance(queue.clock.now() - modelled.clock.now());
        modelled.steady.advance(queue.steady.now() - modelled.steady.now());
        const ours = new Driver(queue);
        const theirs = new Driver(modelled);
        for (const one of steps) {
          assert.deepEqual(await ours.take(one), await theirs.take(one), JSON.stringify(one));
        }
        assert.deepEqual(await ours.sight(), await theirs.sight());
        await assertCounted(queue);
      });
      // A round costs 1 ms on SQLite, 30 on PostgreSQL.
      await fc.assert(runs, { numRuns: engine.name === 'sqlite' ? 500 : 60 });
    });
  });
}

async function empty({ database }: { readonly database: Parameters<typeof countRows>[0] }): Promise<void> {
  await database.write(async (tx) => {
    for (const table of ['queue', 'task', 'result', 'recorded_event']) await tx.run(`delete from ${table}`);
  });
}

type Sql = Awaited<ReturnType<typeof openSqlQueue>>;

const countRows = (database: Sql['database']) =>
  database.read((queries) =>
    queries.all<{ account: number; unfinished: number; running: number }>(
      `select account, sum(case when state in ('PENDING', 'PROCESSING') then 1 else 0 end) as unfinished,
          sum(case when state = 'PROCESSING' then 1 else 0 end) as running
        from task group by account order by account`,
    ),
  );

/** The accounts' rows say what the tasks say. */
async function assertCounted({ database }: Sql): Promise<void> {
  const rows = await database.read((queries) =>
    queries.all('select account, unfinished, running from queue order by account'),
  );
  const counted = (await countRows(database)).map(({ account: key, unfinished, running }) => ({
    account: key,
    unfinished: Number(unfinished),
    running: Number(running),
  }));
  assert.deepEqual(rows, counted);
}
