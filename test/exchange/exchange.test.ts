import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { accountKey, type TaskId } from '../../src/platform/ids.ts';
import { engines } from '../support/engines.ts';
import { createToy, finished, type OpenedExchange, openSite, type Site } from '../support/exchanges.ts';
import { creationOf } from '../support/queues.ts';
import { recordedEvents } from '../support/recorded-events.ts';
import { TOY_SNAPSHOT, toyAnswer } from '../support/toy-source.ts';

const A = accountKey(1);
const LINK_BASE = 'https://stock.example/wb';

/** The result of a task that is DONE, read from the folder: one gzip member and nothing behind it. */
async function fileOf(
  { folder }: Site,
  { exchange }: OpenedExchange,
  account: number,
  id: TaskId,
): Promise<Buffer> {
  const task = await exchange.find(accountKey(account), id);
  if (task?.state !== 'DONE') throw new Error(`not DONE: ${task?.state}`);
  const stored = await readFile(join(folder, task.result.name));
  const first = inflateRawSync(stored.subarray(10), { info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  assert.equal(first.engine.bytesWritten + 18, stored.length, 'more than one gzip member');
  const plain = gunzipSync(stored);
  assert.equal(task.result.bytes, plain.length);
  assert.equal(task.result.sha256, createHash('sha256').update(plain).digest('hex'));
  assert.equal(task.result.storedBytes, stored.length);
  assert.equal(task.result.storedSha256, createHash('sha256').update(stored).digest('hex'));
  return plain;
}

for (const engine of engines) {
  describe(`the exchange on ${engine.name}`, () => {
    it('makes a task at once and of it, by and by, the whole answer in one file', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      for (const rows of [0, 1, 70_000]) {
        const outcome = await one.exchange.create(creationOf(1, `rows=${rows}`));
        assert.ok(outcome.kind === 'created');
        assert.equal(outcome.task.state, 'PENDING');
        const task = await finished(one, 1, outcome.task.id);
        assert.ok(task.state === 'DONE');
        assert.deepEqual(task.progress, { rows, total: rows, percent: 100 });
        assert.deepEqual(task.result.snapshot, TOY_SNAPSHOT);
        assert.equal(task.result.deletionAt, task.finishedAt + 3_600_000);
        const file = await fileOf(site, one, 1, task.id);
        assert.equal(file.toString(), JSON.stringify(toyAnswer(rows)));
        assert.deepEqual(await recordedEvents(site.opened.database, task.id), [
          'CREATE',
          'PROCESSED',
          'UPDATE',
          'UPDATE',
        ]);
      }
    });

    it('ends in API_ERROR with what the synchronous twin would answer', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'do=refuse');
      const task = await finished(one, 1, id);
      const refusal = { status: 403, errors: [{ code: 1016, error: 'no right to this report' }] };
      assert.ok(task.state === 'API_ERROR');
      assert.deepEqual(task.refusal, refusal);
      assert.deepEqual(await one.exchange.result(A, id, LINK_BASE), { kind: 'refused', ...refusal });
      assert.deepEqual(await site.files(), []);
    });

    for (const [what, query] of [
      ['the source throws', 'do=throw'],
      ['its process dies', 'do=exit'],
      ['the source gives other rows than it announced', 'rows=5&announce=6'],
    ]) {
      it(`tries three times when ${what}, then ends in ERROR with an id that the log has`, async () => {
        await using site = await openSite(engine);
        const one = await site.exchange();
        const id = await createToy(one, 1, query!);
        const task = await finished(one, 1, id);
        assert.ok(task.state === 'ERROR');
        assert.equal(task.attempt, 3);
        assert.equal(one.witness.all('task.failed', { task: id }).length, 3);
        assert.equal(one.witness.all('task.failed', { task: id, failure: task.failure }).length, 1);
        assert.deepEqual(await one.exchange.result(A, id, LINK_BASE), { kind: 'failed' });
        assert.deepEqual(await site.files(), []);
        assert.equal((await finished(one, 1, await createToy(one, 1, 'rows=1'))).state, 'DONE');
      });
    }

    it('tries a task again after a failure, never counting the rows of both attempts', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'rows=60000&hold=half');
      (await site.control.arrival()).tell('throw');
      (await site.control.arrival()).tell('go');
      const task = await finished(one, 1, id);
      assert.equal(task.attempt, 2);
      assert.equal(JSON.parse((await fileOf(site, one, 1, id)).toString()).rows.length, 60_000);
      assert.equal((await site.files()).length, 2);
    });

    it('shows progress that never falls, and all rows at the end', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'rows=120000&hold=open,half,end');
      const samples: { rows: number; percent: number }[] = [];
      const sample = async (): Promise<void> => {
        const task = await one.exchange.find(A, id);
        if (task?.state === 'PROCESSING') assert.equal(task.progress.total ?? 120_000, 120_000);
        if (task !== undefined) samples.push(task.progress);
      };
      await sample();
      for (let point = 0; point < 3; point++) {
        const arrival = await site.control.arrival();
        await sample();
        if (arrival.point !== 'open') await one.witness.saw('task.renewed', { task: id }, point);
        await sample();
        arrival.tell('go');
      }
      const task = await finished(one, 1, id);
      samples.push(task.progress);
      for (const [index, { rows, percent }] of samples.entries()) {
        const before = samples[index - 1] ?? { rows: 0, percent: 0 };
        assert.ok(rows >= before.rows && percent >= before.percent, JSON.stringify(samples));
      }
      assert.ok(
        samples.some(({ percent }) => percent > 0 && percent < 100),
        JSON.stringify(samples),
      );
      assert.deepEqual(task.progress, { rows: 120_000, total: 120_000, percent: 100 });
    });

    it('ends every task that ends at the same moment, each with its file', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange({ limits: { workers: 4, maxRunning: 2 } });
      for (let round = 0; round < 4; round++) {
        const ids = new Map<TaskId, number>();
        for (const account of [1, 2, 3, 4]) {
          for (let twin = 0; twin < 2; twin++)
            ids.set(await createToy(one, account, 'rows=10&hold=end'), account);
        }
        for (let wave = 0; wave < 2; wave++) {
          const together = [];
          for (let count = 0; count < 4; count++) together.push(await site.control.arrival());
          for (const arrival of together) arrival.tell('go');
        }
        for (const [id, account] of ids) {
          assert.equal((await finished(one, account, id)).state, 'DONE');
          assert.deepEqual(JSON.parse((await fileOf(site, one, account, id)).toString()), toyAnswer(10));
        }
      }
    });

    it('leaves tasks alone without workers; another process takes them', async () => {
      await using site = await openSite(engine);
      const door = await site.exchange({ limits: { workers: 0 } });
      const id = await createToy(door, 1, 'rows=2');
      assert.deepEqual(await door.exchange.result(A, id, LINK_BASE), {
        kind: 'unready',
        retryAfterMs: 1_000,
      });
      const worker = await site.exchange();
      assert.equal((await finished(worker, 1, id)).state, 'DONE');
      assert.equal((await door.exchange.find(A, id))?.state, 'DONE');
    });

    it('refuses the fifth unfinished task and says when to ask again', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange({ limits: { workers: 0 } });
      for (let count = 0; count < 4; count++) await createToy(one, 1, 'rows=1');
      assert.deepEqual(await one.exchange.create(creationOf(1)), { kind: 'full', retryAfterMs: 3_000 });
      assert.equal((await one.exchange.create(creationOf(2))).kind, 'created');
    });

    it('says that a task cannot be stored when the database refuses', async () => {
      await using site = await openSite(engine);
      let isAway = true;
      const one = await site.exchange({
        wrap: ({ events }) => ({
          events: {
            record: (tx, recorded) =>
              isAway ? Promise.reject(new Error('no space left')) : events.record(tx, recorded),
          },
        }),
      });
      assert.equal((await one.exchange.create(creationOf(1))).kind, 'unavailable');
      const everything = { conditions: [], order: [], limit: 10, offset: 0 };
      assert.equal((await one.exchange.list(A, everything)).size, 0);
      isAway = false;
      assert.equal((await finished(one, 1, await createToy(one, 1, 'rows=1'))).state, 'DONE');
    });
  });
}
