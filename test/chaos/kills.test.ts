/** Kills of whole processes, at every point of a running task: afterwards it is DONE, once, and nothing is left. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountKey } from '../../src/platform/ids.ts';
import { engines } from '../support/engines.ts';
import { ExchangeProcess } from '../support/exchange-process.ts';
import { openSite } from '../support/exchanges.ts';
import { assertBuiltOnce, ROWS, setupOf, storeOf, taskOf } from '../support/kills.ts';

for (const engine of engines) {
  describe(`a task on ${engine.name}`, () => {
    for (const point of ['open', 'half', 'end']) {
      it(`is built once when its process is killed at "${point}"`, async () => {
        await using site = await openSite(engine);
        await using server = await ExchangeProcess.start(setupOf(site));
        const id = await server.create(1, `rows=${ROWS}&hold=${point}`);
        const first = await site.control.arrival();
        process.kill(first.pid, 'SIGKILL');
        const second = await site.control.arrival();
        assert.notEqual(second.pid, first.pid);
        second.tell('go');
        await server.witness.saw('task.finished', { task: id });
        await assertBuiltOnce(site, server, id, 2);
      });

      it(`is built once when the server is killed at "${point}" and another starts`, async () => {
        await using site = await openSite(engine);
        await using server = await ExchangeProcess.start(setupOf(site));
        const id = await server.create(1, `rows=${ROWS}&hold=${point}`);
        const orphan = await site.control.arrival();
        await server.kill();
        await using next = await ExchangeProcess.start(setupOf(site));
        // Whatever the orphan still does changes nothing.
        orphan.tell('go');
        (await site.control.arrival()).tell('go');
        await next.witness.saw('task.lost', { task: id });
        await next.witness.saw('task.finished', { task: id });
        await assertBuiltOnce(site, next, id, 2);
      });
    }

    it('is built once when the server and its process are killed together', async () => {
      await using site = await openSite(engine);
      await using server = await ExchangeProcess.start(setupOf(site));
      const id = await server.create(1, `rows=${ROWS}&hold=half`);
      const { pid } = await site.control.arrival();
      process.kill(pid, 'SIGKILL');
      await server.kill();
      await using next = await ExchangeProcess.start(setupOf(site));
      (await site.control.arrival()).tell('go');
      await next.witness.saw('task.finished', { task: id });
      await assertBuiltOnce(site, next, id, 2);
    });

    it('is built once when the server is killed with the file whole and the commit under way', async () => {
      await using site = await openSite(engine);
      await using server = await ExchangeProcess.start({ ...setupOf(site), hangAtFinish: true });
      const id = await server.create(1, `rows=${ROWS}`);
      await server.witness.saw('test.finishing', { task: id });
      assert.equal((await taskOf(site, id))?.state, 'PROCESSING');
      await server.kill();
      await using next = await ExchangeProcess.start(setupOf(site));
      await next.witness.saw('task.finished', { task: id });
      await assertBuiltOnce(site, next, id, 2);
    });

    it('is built once when the server is killed before it was started', async () => {
      await using site = await openSite(engine);
      await using server = await ExchangeProcess.start(setupOf(site));
      const busy = await server.create(1, `rows=${ROWS}&hold=half`);
      const id = await server.create(1, `rows=${ROWS}`);
      await site.control.arrival();
      await server.kill();
      await using next = await ExchangeProcess.start(setupOf(site));
      (await site.control.arrival()).tell('go');
      await next.witness.saw('task.finished', { task: busy });
      await next.witness.saw('task.finished', { task: id });
      assert.equal((await taskOf(site, id))?.attempt, 1);
    });

    it('is given back by a server that is told to end, before it has ended', async () => {
      await using site = await openSite(engine);
      await using server = await ExchangeProcess.start(setupOf(site));
      const id = await server.create(1, `rows=${ROWS}&hold=half`);
      await site.control.arrival();
      assert.equal(await server.terminate(), 0);
      assert.equal((await taskOf(site, id))?.state, 'PENDING');
      assert.deepEqual(await site.files(), []);
      await using next = await ExchangeProcess.start(setupOf(site));
      (await site.control.arrival()).tell('go');
      await next.witness.saw('task.finished', { task: id });
      await assertBuiltOnce(site, next, id, 2);
      assert.equal(next.witness.all('task.lost').length, 0);
    });

    it('is cancelled for good, also when the server is killed right after', async () => {
      await using site = await openSite(engine);
      await using server = await ExchangeProcess.start(setupOf(site));
      const id = await server.create(1, `rows=${ROWS}&hold=half`);
      await site.control.arrival();
      await server.kill();
      assert.equal(await storeOf(site).cancel(accountKey(1), id), 'cancelled');
      await using next = await ExchangeProcess.start(setupOf(site));
      const other = await next.create(1, 'rows=1');
      await next.witness.saw('task.finished', { task: other });
      await next.sweep();
      assert.deepEqual(await site.files(), [`${other}-1`, `${other}-1.index`]);
      assert.equal((await taskOf(site, id))?.state, 'CANCEL');
    });
  });
}
