import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { accountKey, type TaskId } from '../../src/platform/ids.ts';
import { engines } from '../support/engines.ts';
import { createToy, finished, openSite, type Site } from '../support/exchanges.ts';

const A = accountKey(1);
const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const LINK_BASE = 'https://stock.example';
const EVERYTHING = { conditions: [], order: [], limit: 1000, offset: 0 };

const rowsOf = async ({ opened }: Site): Promise<{ tasks: number; results: number }> => {
  const count = async (table: string): Promise<number> => {
    const row = await opened.database.read((queries) =>
      queries.one<{ rows: number }>(`select count(*) as rows from ${table}`),
    );
    return Number(row?.rows);
  };
  return { tasks: await count('task'), results: await count('result') };
};

const pair = (id: TaskId, attempt = 1): string[] => [`${id}-${attempt}`, `${id}-${attempt}.index`];

for (const engine of engines) {
  describe(`retention on ${engine.name}`, () => {
    it('deletes a file at its deletionDate; the task stays DONE and says that its result is gone', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'rows=5');
      await finished(one, 1, id);
      one.clock.advance(HOUR - 1_000);
      assert.deepEqual(await one.exchange.sweep(), { results: 0, strays: 0, records: 0 });
      assert.equal((await one.exchange.result(A, id, LINK_BASE)).kind, 'link');
      one.clock.advance(1_000);
      // Before the sweep as after it.
      assert.deepEqual(await one.exchange.result(A, id, LINK_BASE), { kind: 'deleted' });
      assert.deepEqual(await one.exchange.sweep(), { results: 1, strays: 0, records: 0 });
      assert.deepEqual(await site.files(), []);
      const task = await one.exchange.find(A, id);
      assert.ok(task?.state === 'DONE');
      assert.equal(task.result.rows, 5);
      assert.deepEqual(await one.exchange.result(A, id, LINK_BASE), { kind: 'deleted' });
      assert.deepEqual(await one.exchange.sweep(), { results: 0, strays: 0, records: 0 });
    });

    it('deletes records a week after their creation, whatever became of the tasks', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const ids = [
        await createToy(one, 1, 'rows=1'),
        await createToy(one, 2, 'do=refuse'),
        await createToy(one, 3, 'do=throw'),
      ];
      for (const [index, id] of ids.entries()) await finished(one, index + 1, id);
      await one.exchange.stop();
      // Nobody starts this one any more.
      const waiting = await createToy(one, 1, 'rows=1');
      one.clock.advance(2 * 24 * HOUR);
      await one.exchange.sweep();
      assert.equal((await one.exchange.list(A, EVERYTHING)).size, 2);
      one.clock.advance(WEEK - 2 * 24 * HOUR);
      assert.equal((await one.exchange.list(A, EVERYTHING)).size, 0);
      assert.equal((await one.exchange.sweep()).records, 4);
      assert.equal(one.witness.all('task.finished', { task: waiting, state: 'ERROR' }).length, 1);
      assert.equal((await rowsOf(site)).tasks, 0);
      one.clock.advance(HOUR);
      await one.exchange.sweep();
      assert.deepEqual(await rowsOf(site), { tasks: 0, results: 0 });
      // The place of the one that waited is free.
      for (let count = 0; count < 4; count++) await createToy(one, 1, 'rows=1');
    });

    it('sweeps files that no task stands for, and spares what is being built and what is none of ours', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange({ limits: { maxRunning: 2, workers: 2 } });
      const done = await createToy(one, 1, 'rows=5');
      await finished(one, 1, done);
      const running = await createToy(one, 1, 'rows=60000&hold=half');
      const arrival = await site.control.arrival();
      const strays = [...pair(running, 2), ...pair(done, 7), '00000000-0000-4000-8000-000000000000-1'];
      for (const name of [...strays, 'notes.txt', 'README']) await writeFile(join(site.folder, name), 'x');
      assert.equal((await one.exchange.sweep()).strays, 3);
      const kept = [...pair(done), `${running}-1`, 'notes.txt', 'README'];
      assert.deepEqual(await site.files(), kept.sort());
      arrival.tell('go');
      await finished(one, 1, running);
      await one.exchange.sweep();
      assert.deepEqual(await site.files(), [...pair(done), ...pair(running), 'notes.txt', 'README'].sort());
    });

    it('sweeps by itself, again and again', async () => {
      await using site = await openSite(engine);
      await writeFile(join(site.folder, '00000000-0000-4000-8000-000000000000-1'), 'x');
      const one = await site.exchange({ limits: { sweepMs: 10 } });
      await one.witness.saw('result.discarded', { name: '00000000-0000-4000-8000-000000000000-1' });
      await writeFile(join(site.folder, '00000000-0000-4000-8000-000000000000-2'), 'x');
      await one.witness.saw('result.discarded', { name: '00000000-0000-4000-8000-000000000000-2' });
    });

    it('removes what is due once when several processes sweep', async () => {
      await using site = await openSite(engine);
      const nodes = [
        await site.exchange(),
        await site.exchange(),
        await site.exchange({ limits: { workers: 0 } }),
      ];
      for (let count = 0; count < 8; count++) {
        const id = await createToy(nodes[0]!, 1 + (count % 4), 'rows=1');
        await Promise.any(nodes.map((node) => finished(node, 1 + (count % 4), id)));
      }
      for (const { clock } of nodes) clock.advance(WEEK + HOUR);
      const swept = await Promise.all(nodes.map(({ exchange }) => exchange.sweep()));
      assert.equal(
        swept.reduce((sum, { records }) => sum + records, 0),
        8,
      );
      assert.deepEqual(await site.files(), []);
    });
  });
}
