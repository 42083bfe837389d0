/**
 * kill -9 of the server, of the process that builds, and of both, at points of a running task: it is finished all the
 * same, nothing half is served and nothing is left behind (contract: E-01, K-05).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { linkExpires, signLink } from '../../src/exchange/results/temp-url.ts';
import { seededNumbers } from '../../src/warehouse/import/demo.ts';
import { engines } from '../support/engines.ts';
import { ResultFolder } from '../support/result-folder.ts';
import type { Served, Site } from '../support/served.ts';
import { afterPieces, killAt, type Point, VICTIMS, type Victim } from './kills.ts';
import { assertDone, assertFourPlaces, create, openStock, type Stock } from './stock.ts';

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
      before(async () => {
        stock = await openStock(engine, SIZE);
        served = await stock.site.serve();
      });
      after(() => stock[Symbol.asyncDispose]());

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
        using files = new ResultFolder(stock.site.results);
        const client = served.client(stock.token);
        const worker = await served.worker('exports');
        const id = await create(client);
        await files.wrote(`${id}-1`);
        process.kill(worker, 'SIGSTOP');
        const link = `${served.origin}${await signedLink(stock.site, `${id}-1`)}`;
        const early = await client.get(`/async/${id}/result`);
        const stolen = await client.get(link);
        process.kill(worker, 'SIGCONT');
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
    });
  }
});

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
