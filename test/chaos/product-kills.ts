/** kill -9 at points of a running task: what `product-kills.test.ts` and its soak share. */
import assert from 'node:assert/strict';
import type { HttpClient } from '../support/http.ts';
import { untilGone } from '../support/program.ts';
import { ResultFolder } from '../support/result-folder.ts';
import type { Served } from '../support/served.ts';
import { assertDone, assertNothingLeft, create, type Stock } from './known-stock.ts';

export type Victim = 'server' | 'worker' | 'both';
export const VICTIMS: readonly Victim[] = ['server', 'worker', 'both'];

export interface Scene {
  readonly served: Served;
  readonly client: HttpClient;
  readonly files: ResultFolder;
}

/** Leads a new task to a point and resolves there. */
export type Point = (scene: Scene, id: string) => Promise<unknown>;

/** When the file of the first attempt has got so many pieces, or the task is at its end before. */
export const afterPieces =
  (count: number): Point =>
  ({ served, files }, id) =>
    Promise.race([files.wrote(`${id}-1`, count), served.program.saw('task.finished', { task: id })]);

/**
 * Runs the report to a point, kills there, restarts what was killed: the task must end DONE with the known bytes after
 * at most one more attempt, never give anything before, and leave nothing. The server that serves from then on.
 */
export async function killAt(stock: Stock, served: Served, victim: Victim, point: Point): Promise<Served> {
  using files = new ResultFolder(stock.site.results);
  const worker = await served.worker('exports');
  const client = served.client(stock.token);
  const id = await create(client);
  await point({ served, client, files }, id);
  const survivor = await kill(victim, served, worker, stock);
  const { attempt } = await assertDone(survivor, stock, id);
  assert.ok(attempt <= 2, `${attempt} attempts`);
  await assertNothingLeft(stock.site);
  return survivor;
}

async function kill(victim: Victim, served: Served, worker: number, stock: Stock): Promise<Served> {
  if (victim !== 'server') process.kill(worker, 'SIGKILL');
  if (victim === 'worker') {
    // A point may have made it stand still.
    served.program.kill('SIGCONT');
    await untilGone([worker]);
    return served;
  }
  await served.program.end('SIGKILL');
  await untilGone(served.workers());
  await stock.site.lapseLeases();
  return stock.serve();
}
