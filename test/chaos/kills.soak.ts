/** Kills at random moments: of the server, of its process, or of both, again and again. */
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { engines } from '../support/engines.ts';
import { ExchangeProcess } from '../support/exchange-process.ts';
import { openSite } from '../support/exchanges.ts';
import { assertBuiltOnce, ROWS, setupOf, taskOf } from '../support/kills.ts';

const ROUNDS = 50;
/** From the creation to the end of a task, kills included, it takes about so long, in ms. */
const LONGEST_MS = 500;

for (const engine of engines) {
  describe(`kills at random on ${engine.name}`, () => {
    it('leave each task DONE, once, and nothing else', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await using site = await openSite(engine);
        let server = await ExchangeProcess.start(setupOf(site));
        try {
          const id = await server.create(1, `rows=${ROWS}`);
          for (let kills = randomInt(1, 3); kills > 0; kills--) {
            await pause(randomInt(0, LONGEST_MS));
            const started = server.witness.all('worker.started', { duty: 'exports' }).at(-1);
            const pid = started?.fields.pid;
            if (typeof pid === 'number' && randomInt(0, 2) === 0) killIfThere(pid);
            if (randomInt(0, 2) === 0) {
              await server.kill();
              server = await ExchangeProcess.start(setupOf(site));
            }
          }
          while ((await taskOf(site, id))?.state !== 'DONE') await pause(20);
          await assertBuiltOnce(site, server, id);
        } finally {
          await server.kill();
        }
      }
    });
  });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
