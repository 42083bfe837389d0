/** Many kills at random pieces of a larger report: the long version of `product-kills.test.ts`. */
import { describe, it } from 'node:test';
import { seededNumbers } from '../../src/platform/seeded.ts';
import { engines } from '../support/engines.ts';
import { assertDone, assertFourPlaces, openStock } from './known-stock.ts';
import { afterPieces, killAt, VICTIMS } from './product-kills.ts';

const SIZE = { products: 30_000, stores: 6 };
/** Pieces of a megabyte, about. */
const PIECES = 60;
const ROUNDS = 30;
const seed = Number(process.env.WAYBILL_SOAK_SEED ?? Date.now() % 2 ** 31);

for (const engine of engines) {
  describe(`in ${engine.name}`, () => {
    it(`every task survives ${ROUNDS} kills (WAYBILL_SOAK_SEED=${seed})`, async () => {
      const random = seededNumbers(seed);
      await using stock = await openStock(engine, SIZE);
      let served = await stock.serve();
      for (let round = 1; round <= ROUNDS; round++) {
        const victim = VICTIMS[Math.floor(random() * VICTIMS.length)]!;
        const pieces = 1 + Math.floor(random() * PIECES);
        console.log(`${round}: ${victim} after ${pieces} pieces`);
        served = await killAt(stock, served, victim, afterPieces(pieces));
      }
      const worker = await served.worker('exports');
      process.kill(worker, 'SIGSTOP');
      const ids = await assertFourPlaces(served.client(stock.token));
      process.kill(worker, 'SIGCONT');
      for (const id of ids) await assertDone(served, stock, id);
    });
  });
}
