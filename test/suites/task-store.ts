/** What every body of the TaskStore port must do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFinal, MOVES, mayMove, type State, type Task } from '../../src/exchange/task.ts';
import type { Attempt, Ending, TaskStore } from '../../src/exchange/tasks/store.ts';
import { accountKey, type TaskId, taskId } from '../../src/platform/ids.ts';
import { creationOf, type OpenedQueue, QUEUE_LIMITS, type QueueBody } from '../support/queues.ts';

export const DONE: Ending = {
  kind: 'done',
  stored: { name: '', bytes: 3_170, sha256: 'ab', storedBytes: 120, storedSha256: 'cd' },
  rows: 100,
  snapshot: { sequence: 7, moment: 1_700_000_000_000 },
};
export const REFUSED: Ending = { kind: 'refused', status: 403, errors: [{ code: 1016, error: 'no' }] };
export const failedWith = ({ tally }: Attempt): Ending => ({ kind: 'failed', failure: 'f-1', tally });
/** A result's name is unique; in the store it is the attempt's. */
export const doneAs = (name: string): Ending => ({ ...DONE, stored: { ...DONE.stored, name } });

const A = accountKey(1);
const B = accountKey(2);

export async function admit(store: TaskStore, account: number, query?: string): Promise<Task> {
  const outcome = await store.admit(creationOf(account, query));
  if (outcome.kind !== 'admitted') throw new Error('the queue is full');
  return outcome.task;
}

export async function claim(store: TaskStore): Promise<Attempt> {
  const attempt = await store.claim('runner-1');
  if (attempt === undefined) throw new Error('nothing to claim');
  return attempt;
}

/** A move by name: to which state, and how to try it on a task whose last attempt is known. */
const VERBS: readonly {
  readonly to: State;
  readonly act: (store: TaskStore, task: Attempt) => Promise<unknown>;
}[] = [
  { to: 'DONE', act: (store, task) => store.finish(task, doneAs(`${task.id}-${task.attempt}`)) },
  { to: 'API_ERROR', act: (store, task) => store.finish(task, REFUSED) },
  { to: 'ERROR', act: (store, task) => store.finish(task, failedWith(task)) },
  { to: 'PENDING', act: (store, task) => store.release(task, task.tally, 0) },
  { to: 'CANCEL', act: (store, task) => store.cancel(task.account, task.id) },
];

/** Brings a fresh task of account A into a state, by a way that the table allows. */
async function reach(queue: OpenedQueue, state: State): Promise<Attempt> {
  const { store } = queue;
  const task = await admit(store, A);
  const attempt = await claim(store);
  assert.equal(attempt.id, task.id);
  const verb = VERBS.find(({ to }) => to === state);
  if (state !== 'PROCESSING') await verb?.act(store, attempt);
  assert.equal((await store.find(A, task.id))?.state, state);
  return attempt;
}

const stateOf = async ({ store }: OpenedQueue, { account, id }: Attempt): Promise<State | undefined> =>
  (await store.find(account, id))?.state;

export function taskStoreSuite({ name, open }: QueueBody): void {
  describe(`the queue in ${name}`, () => {
    describe('moves', () => movesSuite(open));
    describe('places', () => placesSuite(open));
    describe('attempts', () => attemptsSuite(open));
    describe('records', () => recordsSuite(open));
  });
}

function movesSuite(open: QueueBody['open']): void {
  const states = Object.keys(MOVES) as State[];
  for (const from of states) {
    const targets = VERBS.map(({ to }) => to).filter(
      (to) => mayMove(from, to) && !(from === 'PENDING' && to === 'ERROR'),
    );
    it(`moves ${from} to ${targets.join(', ') || 'nothing'}, and refuses the rest`, async () => {
      await using queue = await open();
      for (const { to, act } of VERBS) {
        const attempt = await reach(queue, from);
        const before = await queue.store.find(attempt.account, attempt.id);
        await act(queue.store, attempt);
        assert.equal(await stateOf(queue, attempt), targets.includes(to) ? to : from, to);
        if (!targets.includes(to)) {
          assert.deepEqual(await queue.store.find(attempt.account, attempt.id), before);
        }
        await queue.store.cancel(attempt.account, attempt.id);
      }
    });
  }

  it('moves PENDING to PROCESSING, and nothing else so', async () => {
    await using queue = await open();
    for (const state of states.filter((one) => one !== 'PENDING')) {
      const { account, id } = await reach(queue, state);
      assert.equal(await queue.store.claim('runner-2'), undefined, `claimed from ${state}`);
      await queue.store.cancel(account, id);
    }
    const attempt = await reach(queue, 'PENDING');
    const again = await claim(queue.store);
    assert.deepEqual({ id: again.id, attempt: again.attempt }, { id: attempt.id, attempt: 2 });
  });

  it('moves PENDING to ERROR when a task has waited for as long as a record is kept', async () => {
    await using queue = await open();
    const { store, clock } = queue;
    const task = await admit(store, A);
    assert.deepEqual(await store.stale(10), []);
    clock.advance(QUEUE_LIMITS.recordLifeMs);
    const stale = await store.stale(10);
    assert.deepEqual(
      stale.map(({ id }) => id),
      [task.id],
    );
    assert.equal(await store.giveUp(stale[0]!, 'f-1'), 'moved');
    assert.equal(await store.giveUp(stale[0]!, 'f-2'), 'lost');
    assert.deepEqual(await queue.eventsOf(task.id), ['CREATE', 'PROCESSED', 'UPDATE']);
    for (let count = 0; count < 4; count++) await admit(store, A);
  });

  it('records CREATE once, UPDATE at each move, PROCESSED at an end that can be asked for', async () => {
    await using queue = await open();
    for (const state of states) {
      const { account, id } = await reach(queue, state);
      const updates = ['PROCESSING'].includes(state) ? ['UPDATE'] : ['UPDATE', 'UPDATE'];
      const processed = isFinal(state) && state !== 'CANCEL' ? ['PROCESSED'] : [];
      assert.deepEqual(await queue.eventsOf(id), ['CREATE', ...processed, ...updates], state);
      await queue.store.cancel(account, id);
    }
  });
}

function placesSuite(open: QueueBody['open']): void {
  it('admits four tasks of an account and no fifth', async () => {
    await using queue = await open();
    for (let count = 0; count < 4; count++) await admit(queue.store, A);
    assert.deepEqual(await queue.store.admit(creationOf(A)), { kind: 'full' });
    assert.equal((await queue.store.list(A, EVERYTHING)).size, 4);
    await admit(queue.store, B);
  });

  for (const state of ['DONE', 'API_ERROR', 'ERROR', 'CANCEL'] as const) {
    it(`has a place again at once when one of four ends ${state}`, async () => {
      await using queue = await open();
      for (let count = 0; count < 4; count++) await admit(queue.store, A);
      const attempt = await claim(queue.store);
      await VERBS.find(({ to }) => to === state)?.act(queue.store, attempt);
      await admit(queue.store, A);
      assert.deepEqual(await queue.store.admit(creationOf(A)), { kind: 'full' });
      assert.equal((await claim(queue.store)).attempt, 1);
    });
  }

  it('has a place again when a waiting task is cancelled', async () => {
    await using queue = await open();
    const [first] = [await admit(queue.store, A), await admit(queue.store, A)];
    for (let count = 0; count < 2; count++) await admit(queue.store, A);
    assert.equal(await queue.store.cancel(A, first!.id), 'cancelled');
    await admit(queue.store, A);
    assert.deepEqual(await queue.store.admit(creationOf(A)), { kind: 'full' });
  });

  it('runs one task of an account at a time, in the order of creation', async () => {
    await using queue = await open();
    const ids: TaskId[] = [];
    for (let count = 0; count < 4; count++) ids.push((await admit(queue.store, A)).id);
    for (const id of ids) {
      const attempt = await claim(queue.store);
      assert.equal(attempt.id, id);
      assert.equal(await queue.store.claim('runner-2'), undefined);
      await queue.store.finish(attempt, doneAs(id));
    }
  });

  it('serves next the account that has waited longest since it was served', async () => {
    await using queue = await open();
    const { store, steady } = queue;
    for (let count = 0; count < 4; count++) await admit(store, A);
    const first = await claim(store);
    steady.advance(10);
    const theirs = await admit(store, B);
    steady.advance(10);
    await store.finish(first, doneAs('a'));
    const second = await claim(store);
    assert.equal(second.id, theirs.id);
    steady.advance(10);
    await admit(store, B);
    await store.finish(second, doneAs('b'));
    assert.equal((await claim(store)).account, A);
  });

  it('runs as many tasks of an account as its limit says', async () => {
    await using queue = await open({ maxRunning: 2 });
    for (let count = 0; count < 3; count++) await admit(queue.store, A);
    await claim(queue.store);
    await claim(queue.store);
    assert.equal(await queue.store.claim('runner-2'), undefined);
  });

  it('lets a paused task wait for its time without holding up others', async () => {
    await using queue = await open();
    const { store, steady } = queue;
    const paused = await admit(store, A);
    const attempt = await claim(store);
    await store.release(attempt, { ...attempt.tally, failures: 1 }, steady.now() + 5_000);
    assert.equal(await store.claim('runner-2'), undefined);
    const younger = await admit(store, A);
    const foreign = await admit(store, B);
    const claimed = new Set([(await claim(store)).id, (await claim(store)).id]);
    assert.deepEqual(claimed, new Set([younger.id, foreign.id]));
    steady.advance(4_999);
    assert.equal(await store.claim('runner-2'), undefined);
    await store.cancel(A, younger.id);
    assert.equal(await store.claim('runner-2'), undefined);
    steady.advance(1);
    const again = await claim(store);
    assert.deepEqual(
      { id: again.id, attempt: again.attempt, failures: again.tally.failures },
      { id: paused.id, attempt: 2, failures: 1 },
    );
  });
}

function attemptsSuite(open: QueueBody['open']): void {
  it('changes nothing for a runner whose attempt is over', async () => {
    await using queue = await open();
    const { store } = queue;
    const task = await admit(store, A);
    const lost = await claim(store);
    await store.release(lost, lost.tally, 0);
    const current = await claim(store);
    const before = await store.find(A, task.id);
    assert.equal(await store.finish(lost, doneAs('late')), 'lost');
    assert.equal(await store.finish(lost, REFUSED), 'lost');
    assert.equal(await store.release(lost, lost.tally, 0), 'lost');
    const beat = { ...lost, rows: 5, total: 10 };
    assert.deepEqual(await store.renew([beat]), []);
    assert.deepEqual(await store.lookUp([lost]), []);
    assert.deepEqual(await store.find(A, task.id), before);
    assert.equal(await store.finish(current, doneAs('own')), 'moved');
    const done = await store.find(A, task.id);
    assert.equal(done?.state === 'DONE' && done.result.name, 'own');
    assert.deepEqual(await queue.eventsOf(task.id), ['CREATE', 'PROCESSED', ...Array(4).fill('UPDATE')]);
  });

  it('tells a runner which of its attempts are still its own', async () => {
    await using queue = await open({ maxRunning: 3 });
    const { store } = queue;
    for (const account of [A, A, B]) await admit(store, account);
    const own = [await claim(store), await claim(store), await claim(store)];
    await store.cancel(own[0]!.account, own[0]!.id);
    assert.deepEqual(await store.lookUp(own), own.slice(1));
    const beats = own.map((attempt) => ({ ...attempt, rows: 1, total: 2 }));
    assert.deepEqual(new Set(await store.renew(beats)), new Set(beats.slice(1)));
    assert.deepEqual(await store.lookUp([]), []);
  });

  it('takes a task over only when its lease has run out, once', async () => {
    await using queue = await open();
    const { store, steady } = queue;
    const { leaseMs } = QUEUE_LIMITS;
    await admit(store, A);
    const attempt = await claim(store);
    steady.advance(leaseMs - 1);
    const span = (): { from: number; until: number } => ({ from: 0, until: steady.now() });
    assert.deepEqual(await store.lapsed(span(), 10), []);
    await store.renew([{ ...attempt, rows: 1, total: undefined }]);
    steady.advance(1);
    assert.deepEqual(await store.lapsed(span(), 10), []);
    assert.equal(await store.release(attempt, attempt.tally, 0, steady.now()), 'lost');
    steady.advance(leaseMs);
    assert.deepEqual(await store.lapsed(span(), 10), [attempt]);
    assert.deepEqual(await store.lapsed({ from: steady.now(), until: steady.now() }, 10), []);
    const lapses = { ...attempt.tally, lapses: 1 };
    assert.equal(await store.release(attempt, lapses, 0, steady.now()), 'moved');
    assert.equal(await store.release(attempt, lapses, 0, steady.now()), 'lost');
    assert.deepEqual((await claim(store)).tally, lapses);
  });

  it('renews a lease that has run out while nobody took the task', async () => {
    await using queue = await open();
    await admit(queue.store, A);
    const attempt = await claim(queue.store);
    queue.steady.advance(QUEUE_LIMITS.leaseMs * 10);
    const beat = { ...attempt, rows: 1, total: 2 };
    assert.deepEqual(await queue.store.renew([beat]), [beat]);
    assert.deepEqual(await queue.store.lapsed({ from: 0, until: queue.steady.now() }, 10), []);
  });

  it('cancels once, knows no foreign task, and never cancels what has ended', async () => {
    await using queue = await open();
    const { store } = queue;
    const task = await admit(store, A);
    assert.equal(await store.cancel(B, task.id), 'unknown');
    assert.equal(await store.cancel(A, taskId('00000000-0000-4000-8000-000000000000')), 'unknown');
    assert.equal(await store.cancel(A, task.id), 'cancelled');
    assert.equal(await store.cancel(A, task.id), 'finished');
    assert.equal(await store.find(B, task.id), undefined);
  });
}

const EVERYTHING = { conditions: [], order: [], limit: 1000, offset: 0 } as const;

function recordsSuite(open: QueueBody['open']): void {
  it('keeps what was asked, by whom and when, and how it went', async () => {
    await using queue = await open();
    const { store, clock, steady } = queue;
    const creation = creationOf(A, 'async=true&filter=name=Болт%5C;%20M8');
    const createdAt = clock.now();
    const admitted = await admit(store, A, 'async=true&filter=name=Болт%5C;%20M8');
    assert.deepEqual(await store.find(A, admitted.id), admitted);
    const { id } = admitted;
    clock.advance(1_000);
    const attempt = await claim(store);
    steady.advance(2_000);
    await store.renew([{ ...attempt, rows: 20, total: 100 }]);
    const { owner, request } = creation;
    const common = { account: A, id, owner, request, createdAt, attempt: 1, startedAt: createdAt + 1_000 };
    assert.deepEqual(await store.find(A, id), {
      ...common,
      state: 'PROCESSING',
      progress: { rows: 20, total: 100, percent: 20, etaSeconds: 8 },
    });
    clock.advance(5_000);
    await store.finish(attempt, doneAs('file'));
    const { kind, stored, ...rest } = DONE as Extract<Ending, { kind: 'done' }>;
    assert.equal(kind, 'done');
    assert.deepEqual(await store.find(A, id), {
      ...common,
      state: 'DONE',
      finishedAt: createdAt + 6_000,
      progress: { rows: 100, total: 100, percent: 100 },
      result: { ...stored, ...rest, name: 'file', format: 'json', deletionAt: createdAt + 6_000 + 3_600_000 },
    });
  });

  it('lists the newest first, of one account, in windows', async () => {
    await using queue = await open();
    const { store, clock } = queue;
    const ids: TaskId[] = [];
    for (let count = 0; count < 4; count++) {
      ids.unshift((await admit(store, A)).id);
      if (count !== 1) clock.advance(1);
    }
    await admit(store, B);
    const listed = async (limit: number, offset: number): Promise<TaskId[]> =>
      (await store.list(A, { ...EVERYTHING, limit, offset })).tasks.map(({ id }) => id);
    assert.deepEqual(await listed(1000, 0), ids);
    assert.deepEqual(await listed(2, 1), ids.slice(1, 3));
    assert.deepEqual(await listed(2, 4), []);
    assert.deepEqual(await store.list(A, { ...EVERYTHING, limit: 0 }), { tasks: [], size: 4 });
  });

  it('knows a task for a week', async () => {
    await using queue = await open();
    const { id } = await admit(queue.store, A);
    queue.clock.advance(QUEUE_LIMITS.recordLifeMs - 1);
    assert.equal((await queue.store.find(A, id))?.id, id);
    queue.clock.advance(1);
    assert.equal(await queue.store.find(A, id), undefined);
    assert.deepEqual(await queue.store.list(A, EVERYTHING), { tasks: [], size: 0 });
  });
}
