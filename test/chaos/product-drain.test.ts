/** SIGTERM, once and twice, while a report is built: the task goes back to the queue (contract: E-02; How it is run). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { untilGone, within } from '../support/program.ts';
import type { Served } from '../support/served.ts';
import { assertDone, assertNothingLeft, createHeld, openStock, type Stock } from './known-stock.ts';

const SIZE = { products: 5_000, stores: 8 };
/** An operator was promised the end within ten seconds. */
const PROMISED_MS = 10_000;

interface StoredTask {
  readonly state: string;
  readonly attempt: number;
  readonly failures: number;
  readonly lapses: number;
}

describe('a server that is told to end', { concurrency: true }, () => {
  for (const engine of engines) {
    describe(`in ${engine.name}`, { concurrency: 1 }, () => {
      let stock: Stock;
      before(async () => {
        stock = await openStock(engine, SIZE);
      });
      after(() => stock[Symbol.asyncDispose]());

      it('puts its task back before it ends with 0, and the next one finishes it at once', async () => {
        const first = await stock.serve();
        const { id, resume } = await held(stock, first);
        first.program.kill('SIGTERM');
        const ended = await within(first.program.ended, 'the end after SIGTERM', PROMISED_MS);
        assert.deepEqual([ended.code, ended.signal], [0, null]);
        assert.equal(first.program.all('task.released', { task: id, setback: 'drained' }).length, 1);
        assert.deepEqual(await stored(stock, id), { state: 'PENDING', attempt: 1, failures: 0, lapses: 0 });
        resume();
        await untilGone(first.workers());
        await using second = await stock.serve();
        assert.equal((await assertDone(second, stock, id)).attempt, 2);
        await assertNothingLeft(stock.site);
      });

      it('ends at once with 130 at the second signal, and the task is not lost', async () => {
        const first = await stock.serve();
        const { id, resume } = await held(stock, first);
        const idle = await connection(first);
        first.program.kill('SIGTERM');
        // It closes what idles: the drain has begun, and waits for its worker.
        await within(once(idle.resume(), 'end'), 'the drain');
        const ended = await first.program.end('SIGTERM');
        assert.deepEqual([ended.code, ended.signal], [130, null]);
        resume();
        await untilGone(first.workers());
        await stock.site.lapseLeases();
        await using second = await stock.serve();
        await assertDone(second, stock, id);
        await assertNothingLeft(stock.site);
      });

      it('may be killed while it drains: the task is taken up when its lease is over', async () => {
        const first = await stock.serve();
        const { id, resume } = await held(stock, first);
        first.program.kill('SIGTERM');
        await first.program.end('SIGKILL');
        resume();
        await untilGone(first.workers());
        await using second = await stock.serve();
        // Nothing is turned here: the lease of 15 s runs out by itself.
        await assertDone(second, stock, id);
        await assertNothingLeft(stock.site);
      });

      it('without a task ends with 0 at SIGINT, too', async () => {
        await using served = await stock.serve();
        const { code, signal } = await served.program.end('SIGINT');
        assert.deepEqual([code, signal], [0, null]);
        await untilGone(served.workers());
      });
    });
  }
});

const held = ({ site, token }: Stock, served: Served) => createHeld(site, served, served.client(token));

/** What the table says: no server runs that could be asked. */
async function stored({ site }: Stock, id: string): Promise<StoredTask | undefined> {
  const database = await site.database();
  return database.read((queries) =>
    queries.one<StoredTask>('select state, attempt, failures, lapses from task where uuid = $1', [id]),
  );
}

/** A connection that has asked for something and keeps open. */
async function connection({ origin }: Served): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  return socket;
}
