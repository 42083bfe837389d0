/**
 * kill -9 of the server, of the process that builds, and of both, at points of a running task: it is finished all the
 * same, nothing half is served and nothing is left behind (contract: E-01, K-05).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { linkExpires, signLink } from '../../src/exchange/results/temp-url.ts';
import { seededNumbers } from '../../src/platform/seeded.ts';
import { engines } from '../support/engines.ts';
import type { HttpClient } from '../support/http.ts';
import type { Served, Site } from '../support/served.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { assertDone, assertFourPlaces, createHeld, openStock, type Stock } from './known-stock.ts';
import { afterPieces, killAt, type Point, VICTIMS, type Victim } from './product-kills.ts';

/** A dozen pieces of a megabyte. */
const SIZE = { products: 5_000, stores: 8 };
const PIECES = 12;
const SEED = 20260301;

const points: Readonly<Record<string, Point>> = {
  'has been claimed': ({ served }, id) => served.program.saw('task.claimed', { task: id }),
  'has its first piece written': afterPieces(1),
  'is half written': afterPieces(PIECES / 2),
  // The server stands still meanwhile: it cannot commit the end of what its child has finished.
  'has its whole file and no end yet': async ({ served, files }, id) => {
    await files.wrote(`${id}-1`);
    served.program.kill('SIGSTOP');
    await files.wrote(`${id}-1.index`);
  },
};

const cases: readonly (readonly [Victim, string])[] = [
  ['server', 'has been claimed'],
  ['both', 'has its first piece written'],
  ['worker', 'is half written'],
  ['server', 'has its whole file and no end yet'],
  ['worker', 'has its whole file and no end yet'],
];

describe('a task', { concurrency: true }, () => {
  for (const engine of engines) {
    describe(`in ${engine.name}`, { concurrency: 1 }, () => {
      let stock: Stock;
      let served: Served;
      let receiver: Receiver;
      before(async () => {
        receiver = await startReceiver();
        stock = await openStock(engine, SIZE, ['--webhook-allow', receiver.host]);
        served = await stock.serve();
        await subscribe(served.client(stock.token), receiver);
      });
      after(async () => {
        await stock[Symbol.asyncDispose]();
        await receiver[Symbol.asyncDispose]();
      });

      for (const [victim, point] of cases) {
        const killed = victim === 'both' ? 'server and worker' : `the ${victim}`;
        it(`that ${point} survives kill -9 of ${killed}`, async () => {
          served = await killAt(stock, served, victim, points[point]!);
        });
      }

      it(`survives kill -9 of anything after any piece (seed ${SEED})`, async () => {
        const random = seededNumbers(SEED);
        for (const victim of VICTIMS) {
          const pieces = 1 + Math.floor(random() * PIECES);
          served = await killAt(stock, served, victim, afterPieces(pieces));
        }
      });

      it('gives nothing of its file before it is DONE, not even for a link that is signed', async () => {
        const client = served.client(stock.token);
        const { id, resume } = await createHeld(stock.site, served, client);
        const link = `${served.origin}${await signedLink(stock.site, `${id}-1`)}`;
        const early = await client.get(`/async/${id}/result`);
        const stolen = await client.get(link);
        resume();
        assert.equal(early.status, 409);
        assert.equal(early.json<{ errors: { code: number }[] }>().errors[0]?.code, 61006);
        assert.equal(stolen.status, 404);
        await assertDone(served, stock, id);
        assert.equal((await client.get(link)).status, 200);
      });

      it('leaves its account four places after all that', async () => {
        const worker = await served.worker('exports');
        process.kill(worker, 'SIGSTOP');
        const ids = await assertFourPlaces(served.client(stock.token));
        process.kill(worker, 'SIGCONT');
        for (const id of ids) await assertDone(served, stock, id);
      });

      it('has called its subscriber for each with one event, repeated at most under its requestId', async () => {
        while (processedBy(receiver).size < stock.done.size)
          await receiver.arrived(receiver.calls.length + 1);
        const processed = processedBy(receiver);
        assert.deepEqual([...processed.keys()].sort(), [...stock.done].sort());
        assert.ok([...processed.values()].every((requestIds) => requestIds.size === 1));
      });
    });
  }
});

async function subscribe(client: HttpClient, { origin }: Receiver): Promise<void> {
  const body = { url: `${origin}/hook`, action: 'PROCESSED', entityType: 'async' };
  const made = await client.post('/entity/webhook', { body });
  assert.equal(made.status, 200, made.text);
}

/** By the id of the task: the requestIds under which its end was told. */
function processedBy({ calls }: Receiver): Map<string, Set<string | null>> {
  const found = new Map<string, Set<string | null>>();
  for (const { body, requestId } of calls) {
    const { events } = JSON.parse(body) as { events: { meta: { href: string }; action: string }[] };
    for (const { meta } of events) {
      const id = meta.href.slice(meta.href.lastIndexOf('/') + 1);
      found.set(id, (found.get(id) ?? new Set()).add(requestId));
    }
  }
  return found;
}

/** The link that the server would give out for a file, if its task were DONE. */
async function signedLink(site: Site, name: string): Promise<string> {
  const expires = linkExpires(Date.now(), Number.MAX_SAFE_INTEGER);
  const secret = Buffer.from(await secretOf(site), 'base64url');
  return signLink({ path: `/results/${name}`, expires, filename: 'x.json', secret });
}

async function secretOf(site: Site): Promise<string> {
  if (site.engine === 'sqlite') return readFileSync(join(site.data, 'secret'), 'utf8').trim();
  const database = await site.database();
  const row = await database.read((queries) => queries.one<{ value: string }>('select value from secret'));
  return row?.value ?? '';
}
