import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Database } from '../../src/database/database.ts';
import { steadyClock } from '../../src/platform/clock.ts';
import { accountKey, type TaskId } from '../../src/platform/ids.ts';
import { engines } from '../support/engines.ts';
import { createToy, finished, type OpenedExchange, openSite, type Site } from '../support/exchanges.ts';
import { recordedEvents } from '../support/recorded-events.ts';

const A = accountKey(1);
const LINK_BASE = 'https://stock.example';
/** Of the events of one task. */
const onlyProcessed = async ({ opened }: Site, id: TaskId): Promise<string[]> =>
  (await recordedEvents(opened.database, id)).filter((action) => action === 'PROCESSED');

const stateOf = async ({ exchange }: OpenedExchange, id: TaskId): Promise<string | undefined> =>
  (await exchange.find(A, id))?.state;

/** How attempts of a task have ended, as the table has it. */
async function tallyOf(
  { opened }: Site,
  id: TaskId,
): Promise<{ failures: number; lapses: number } | undefined> {
  return opened.database.read((queries) =>
    queries.one('select failures, lapses from task where uuid = $1', [id]),
  );
}

/** A database that nobody gets through to until it is released. */
class Suspended {
  #gate: PromiseWithResolvers<void> | undefined;

  suspend(): void {
    this.#gate = Promise.withResolvers();
  }

  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  wrap(database: Database): Database {
    const wait = async (): Promise<void> => this.#gate?.promise;
    return new Proxy(database, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const call = (...given: unknown[]): unknown => value.apply(target, given);
        const isGated = /^(read|write)/.test(String(name));
        return isGated ? async (...given: unknown[]) => wait().then(() => call(...given)) : call;
      },
    });
  }
}

for (const engine of engines) {
  describe(`the runner on ${engine.name}`, () => {
    it('builds a report that takes several leases once', async () => {
      await using site = await openSite(engine);
      const limits = { leaseMs: 600 };
      const one = await site.exchange({ limits });
      const other = await site.exchange({ limits });
      const id = await createToy(one, 1, 'rows=10&hold=half');
      const arrival = await site.control.arrival();
      // Renewed every third of the lease: twelve beats are four leases.
      await Promise.race([
        one.witness.saw('task.renewed', { task: id }, 12),
        other.witness.saw('task.renewed', { task: id }, 12),
      ]);
      arrival.tell('go');
      const task = await Promise.race([finished(one, 1, id), finished(other, 1, id)]);
      assert.equal(task.state, 'DONE');
      assert.equal(task.attempt, 1);
      assert.equal((await site.files()).length, 2);
      assert.deepEqual(await onlyProcessed(site, id), ['PROCESSED']);
    });

    it('refuses the file of a runner that was silent for longer than its lease', async () => {
      await using site = await openSite(engine);
      const gate = new Suspended();
      const limits = { leaseMs: 400 };
      const silent = await site.exchange({
        limits,
        wrap: ({ database }) => ({ database: gate.wrap(database) }),
      });
      const id = await createToy(silent, 1, 'rows=10&hold=end');
      const first = await site.control.arrival();
      gate.suspend();
      const other = await site.exchange({ limits });
      const second = await site.control.arrival();
      first.tell('go');
      second.tell('go');
      const task = await finished(other, 1, id);
      gate.resume();
      await silent.witness.saw('task.refused', { task: id });
      assert.ok(task.state === 'DONE');
      assert.equal(task.attempt, 2);
      assert.equal(task.result.name, `${id}-2`);
      await silent.witness.saw('result.discarded', { name: `${id}-1` });
      assert.deepEqual(await site.files(), [`${id}-2`, `${id}-2.index`]);
      assert.deepEqual(await other.exchange.find(A, id), task);
      assert.deepEqual(await onlyProcessed(site, id), ['PROCESSED']);
      assert.deepEqual(await tallyOf(site, id), { failures: 0, lapses: 1 });
    });

    it('takes nothing from itself after it was silent', async () => {
      await using site = await openSite(engine);
      const gate = new Suspended();
      const steady = steadyClock();
      let sleptMs = 0;
      const one = await site.exchange({
        wrap: ({ database }) => ({
          database: gate.wrap(database),
          steady: { now: () => steady.now() + sleptMs },
        }),
      });
      const id = await createToy(one, 1, 'rows=10&hold=half');
      const arrival = await site.control.arrival();
      gate.suspend();
      sleptMs = 3_600_000;
      gate.resume();
      await one.witness.saw('task.renewed', { task: id });
      arrival.tell('go');
      assert.equal((await finished(one, 1, id)).attempt, 1);
    });

    it('gives its tasks back before it has stopped, and they start elsewhere at once', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'rows=10&hold=half');
      await site.control.arrival();
      await one.exchange.stop();
      assert.equal(await stateOf(one, id), 'PENDING');
      assert.deepEqual(await tallyOf(site, id), { failures: 0, lapses: 0 });
      assert.deepEqual(await site.files(), []);
      const other = await site.exchange();
      (await site.control.arrival()).tell('go');
      const task = await finished(other, 1, id);
      assert.deepEqual({ state: task.state, attempt: task.attempt }, { state: 'DONE', attempt: 2 });
    });

    it('drains though the process hears nothing', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'rows=10&hold=half');
      (await site.control.arrival()).tell('spin');
      await one.exchange.stop();
      assert.equal(await stateOf(one, id), 'PENDING');
      assert.equal(one.witness.all('worker.exited', { duty: 'exports', reason: 'cancelled' }).length, 1);
    });

    for (const { how, query, killed } of [
      { how: 'that listens', query: 'rows=60000&hold=half', killed: 0 },
      { how: 'that hears nothing', query: 'rows=60000&hold=half&stubborn=1', killed: 1 },
    ]) {
      it(`cancels a task whose process is one ${how}: nothing of it is left, the next starts`, async () => {
        await using site = await openSite(engine);
        const one = await site.exchange();
        const id = await createToy(one, 1, query);
        await site.control.arrival();
        const next = await createToy(one, 1, 'rows=1');
        assert.deepEqual(await one.exchange.cancel(A, id), { kind: 'cancelled' });
        assert.deepEqual(await one.exchange.cancel(A, id), { kind: 'finished' });
        await one.witness.saw('task.stopped', { task: id });
        assert.equal((await finished(one, 1, next)).state, 'DONE');
        assert.equal(await stateOf(one, id), 'CANCEL');
        assert.deepEqual(await one.exchange.result(A, id, LINK_BASE), { kind: 'cancelled' });
        assert.deepEqual(await site.files(), [`${next}-1`, `${next}-1.index`]);
        assert.deepEqual(await onlyProcessed(site, id), []);
        assert.equal(one.witness.all('worker.exited').length, killed);
      });
    }

    it('hears of a cancel in another process, and of one after a restart', async () => {
      await using site = await openSite(engine);
      const database = await site.opened.reopen('server');
      const door = await site.exchange({ limits: { workers: 0 }, wrap: () => ({ database }) });
      const worker = await site.exchange();
      const id = await createToy(door, 1, 'rows=10&hold=half');
      await site.control.arrival();
      await door.exchange.cancel(A, id);
      await worker.witness.saw('task.stopped', { task: id });
      await worker.exchange.stop();
      const again = await site.exchange();
      assert.equal((await finished(again, 1, await createToy(again, 1, 'rows=1'))).state, 'DONE');
      assert.equal(await stateOf(door, id), 'CANCEL');
    });

    it('ends a task whose process takes all memory, and lives on', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange({ limits: { workerMemoryBytes: 400 * 1024 * 1024 } });
      const id = await createToy(one, 1, 'rows=10&hold=half');
      for (let attempt = 1; attempt <= 3; attempt++) (await site.control.arrival()).tell('leak');
      assert.equal((await finished(one, 1, id)).state, 'ERROR');
      assert.equal(one.witness.all('worker.exited', { reason: 'memory' }).length, 3);
      assert.equal((await finished(one, 1, await createToy(one, 1, 'rows=1'))).state, 'DONE');
      assert.equal((await site.files()).length, 2);
    });

    it('ends a process that goes on taking memory after its task', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange({ limits: { workerMemoryBytes: 700 * 1024 * 1024 } });
      const id = await createToy(one, 1, 'rows=10&do=linger');
      assert.equal((await finished(one, 1, id)).state, 'DONE');
      await one.witness.saw('worker.exited', { reason: 'memory' });
      assert.equal((await finished(one, 1, await createToy(one, 1, 'rows=1'))).state, 'DONE');
    });

    it('waits for a result store that is away without using up tries', async () => {
      await using site = await openSite(engine);
      const store = join(site.folder, 'store');
      // A file where a folder should be.
      await writeFile(store, '');
      const limits = { stallPauseMs: 20 };
      const one = await site.exchange({ limits, wrap: () => ({ resultsUrl: join(store, 'results') }) });
      const id = await createToy(one, 1, 'rows=10');
      await one.witness.saw('task.released', { task: id, setback: 'stalled' }, 5);
      await rm(store);
      await mkdir(store);
      const task = await finished(one, 1, id);
      assert.equal(task.state, 'DONE');
      assert.ok(task.attempt > 5);
      assert.deepEqual(await tallyOf(site, id), { failures: 0, lapses: 0 });
    });

    it('does not wait for a result store for ever', async () => {
      await using site = await openSite(engine);
      const store = join(site.folder, 'store');
      await writeFile(store, '');
      const limits = { stallPauseMs: 20, maxStallMs: 200 };
      const one = await site.exchange({ limits, wrap: () => ({ resultsUrl: join(store, 'results') }) });
      const id = await createToy(one, 1, 'rows=10');
      assert.equal((await finished(one, 1, id)).state, 'ERROR');
      assert.deepEqual(await tallyOf(site, id), { failures: 0, lapses: 0 });
    });

    it('finishes a task though the database goes away for a while', async () => {
      await using site = await openSite(engine);
      let isAway = false;
      const one = await site.exchange({
        wrap: ({ events }) => ({
          events: {
            record: (tx, recorded) =>
              isAway ? Promise.reject(new Error('away')) : events.record(tx, recorded),
          },
        }),
      });
      const id = await createToy(one, 1, 'rows=10&hold=end');
      const arrival = await site.control.arrival();
      isAway = true;
      arrival.tell('go');
      await one.witness.saw('task.unwritten', { task: id }, 2);
      isAway = false;
      const task = await finished(one, 1, id);
      assert.deepEqual({ state: task.state, attempt: task.attempt }, { state: 'DONE', attempt: 1 });
    });

    it('starts the task of another account before the next one of a busy account', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      for (let count = 0; count < 4; count++) await createToy(one, 1, 'rows=1&hold=half');
      const first = await site.control.arrival();
      const theirs = await createToy(one, 2, 'rows=2&hold=half');
      first.tell('go');
      const second = await site.control.arrival();
      assert.equal(second.query, 'rows=2&hold=half');
      second.tell('go');
      await finished(one, 2, theirs);
    });
  });
}
