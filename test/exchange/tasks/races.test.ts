import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sqlTaskStore } from '../../../src/exchange/tasks/sql-store.ts';
import type { TaskStore } from '../../../src/exchange/tasks/store.ts';
import { accountKey } from '../../../src/platform/ids.ts';
import { admit, doneAs, REFUSED } from '../../suites/task-store.ts';
import { engines } from '../../support/engines.ts';
import { creationOf, openSqlQueue, type SqlQueue } from '../../support/queues.ts';

const EVERYTHING = { conditions: [], order: [], limit: 1000, offset: 0 } as const;

/** The store as several processes have it: connections of their own where the engine has several writers. */
async function stores(queue: SqlQueue, count: number): Promise<TaskStore[]> {
  if (queue.database.engine === 'sqlite') return Array.from({ length: count }, () => queue.store);
  const databases = await Promise.all(Array.from({ length: count }, () => queue.reopen('server')));
  return databases.map((database) => sqlTaskStore({ ...queue.context, database }));
}

for (const engine of engines) {
  describe(`races in ${engine.name}`, () => {
    it('admits exactly four of forty creations at once', async () => {
      await using queue = await openSqlQueue(engine);
      const nodes = await stores(queue, 4);
      for (const account of [1, 2]) {
        const outcomes = await Promise.all(
          Array.from({ length: 40 }, (_, index) => nodes[index % 4]!.admit(creationOf(account))),
        );
        assert.equal(outcomes.filter(({ kind }) => kind === 'admitted').length, 4);
        assert.equal((await queue.store.list(accountKey(account), EVERYTHING)).size, 4);
      }
    });

    it('never runs two tasks of an account, and every task once, under many claimers', async () => {
      await using queue = await openSqlQueue(engine);
      const nodes = await stores(queue, 4);
      for (let account = 1; account <= 3; account++) {
        for (let count = 0; count < 4; count++) await admit(queue.store, account);
      }
      const running = new Map<number, number>();
      const started: string[] = [];
      const work = async (store: TaskStore, runner: string): Promise<void> => {
        for (let idle = 0; idle < 20; ) {
          const attempt = await store.claim(runner);
          if (attempt === undefined) {
            idle++;
            continue;
          }
          started.push(attempt.id);
          running.set(attempt.account, (running.get(attempt.account) ?? 0) + 1);
          assert.equal(running.get(attempt.account), 1);
          await store.find(attempt.account, attempt.id);
          running.set(attempt.account, 0);
          assert.equal(await store.finish(attempt, doneAs(attempt.id)), 'moved');
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, index) => work(nodes[index % 4]!, `runner-${index}`)));
      assert.equal(started.length, 12);
      assert.equal(new Set(started).size, 12);
    });

    it('gives an attempt one ending when finish, cancel and takeover race', async () => {
      await using queue = await openSqlQueue(engine);
      const nodes = await stores(queue, 3);
      for (let round = 0; round < 20; round++) {
        await admit(queue.store, 1);
        const attempt = (await queue.store.claim('runner'))!;
        queue.steady.advance(60_000);
        const outcomes = await Promise.all([
          nodes[0]!.finish(attempt, doneAs(attempt.id)),
          nodes[1]!.cancel(attempt.account, attempt.id),
          nodes[2]!.release(attempt, attempt.tally, 0, queue.steady.now()),
        ]);
        const task = await queue.store.find(attempt.account, attempt.id);
        // A released task may still be cancelled: that is two moves, one after the other.
        const moved = outcomes.filter((outcome) => outcome === 'moved' || outcome === 'cancelled').length;
        assert.ok(moved === 1 || (outcomes[2] === 'moved' && task?.state === 'CANCEL'), outcomes.join());
        assert.equal((await queue.store.list(accountKey(1), EVERYTHING)).size, round + 1);
        if (task?.state === 'PENDING') await queue.store.cancel(attempt.account, attempt.id);
      }
      // Every place came back exactly once.
      for (let count = 0; count < 4; count++) await admit(queue.store, 1);
      assert.equal((await queue.store.admit(creationOf(1))).kind, 'full');
    });

    it('hands out ten thousand waiting tasks to sixteen claimers, a row a claim', async () => {
      await using queue = await openSqlQueue(engine);
      // The planner believes in an empty table from here on.
      await queue.database.write((tx) => tx.run('analyze'));
      await fillQueue(queue, 2_500, 4);
      const nodes = await stores(queue, 4);
      const claimed: string[] = [];
      const work = async (store: TaskStore): Promise<void> => {
        for (let count = 0; count < 75; count++) {
          const attempt = (await store.claim('runner'))!;
          claimed.push(attempt.id);
          assert.equal(await store.finish(attempt, REFUSED), 'moved');
        }
      };
      await Promise.all(Array.from({ length: 16 }, (_, index) => work(nodes[index % 4]!)));
      assert.equal(new Set(claimed).size, 1_200);
      const rows = await queue.database.read((queries) =>
        queries.all<{ state: string; tasks: number; most: number }>(
          'select state, count(*) as tasks, max(attempt) as most from task group by state order by state',
        ),
      );
      assert.deepEqual(
        rows.map(({ state, tasks, most }) => [state, Number(tasks), most]),
        [
          ['API_ERROR', 1_200, 1],
          ['PENDING', 8_800, 0],
        ],
      );
    });
  });
}

/** Waiting tasks written at one go: what admission writes, in bulk. */
async function fillQueue(
  { database, clock, context }: SqlQueue,
  accounts: number,
  each: number,
): Promise<void> {
  const { request, owner } = creationOf(1);
  const text = JSON.stringify(request);
  const taskOf = (account: number, id: number) => ({
    account,
    id,
    uuid: context.ids.uuid(),
    state: 'PENDING',
    owner_type: owner.type,
    owner_id: owner.id,
    request: text,
    request_url: request.url,
    created_at: clock.now(),
    event: id,
    attempt: 0,
    failures: 0,
    lapses: 0,
    not_before: 0,
    progress_rows: 0,
  });
  const numbers = Array.from({ length: accounts }, (_, index) => index + 1);
  const tasks = numbers.flatMap((account) =>
    Array.from({ length: each }, (_, index) => taskOf(account, index + 1)),
  );
  await database.write(async (tx) => {
    await tx.insertRows(
      'queue',
      ['account', 'unfinished', 'running', 'tasks', 'events', 'waiting_since', 'watermark'],
      numbers.map((account) => [account, each, 0, each, each, 0, 0]),
    );
    await tx.insertRows(
      'task',
      Object.keys(taskOf(0, 0)),
      tasks.map((task) => Object.values(task)),
    );
  });
}
