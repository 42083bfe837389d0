/** How long a client waits for a task's status: while four exports are in the queue, and while nothing is. */
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, type Round, ratioFigure, type Setting } from './bench.ts';
import { done, order, WHOLE_STOCK } from './exports.ts';
import { stockOf } from './sizes.ts';
import { type Server, serve } from './waybill.ts';

const POLLS_A_SECOND = 200;
const CONNECTIONS = 16;
/** As many as an account may have unfinished by default; one of them runs. */
const EXPORTS = 4;
const IDLE_MS = 4_000;
const WARM_UP_MS = 2_000;
const TICK_MS = 2;

export const polls: Bench = {
  name: 'polls',
  async run(setting) {
    const folder = await setting.folders.demo(stockOf(setting));
    await using server = await serve(folder);
    const rounds = await measure(setting, server);
    const what = `p99 of ${POLLS_A_SECOND} status polls/s, ${EXPORTS} exports queued against idle`;
    return [ratioFigure(what, 5, rounds, { product: 'queued', baseline: 'idle', unit: 'ms' })];
  },
};

async function measure({ rounds }: Setting, server: Server): Promise<readonly Round[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const accepted = await order(server, WHOLE_STOCK);
  await done(server, accepted);
  const poll = (until: Promise<unknown>) => pollUntil(until, () => timePoll(server, agent, accepted.status));
  try {
    await poll(pause(WARM_UP_MS));
    const taken: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      const idle = await poll(pause(IDLE_MS));
      const queued = await poll(exportAll(server));
      taken.push({ product: percentile(queued, 0.99), baseline: percentile(idle, 0.99) });
    }
    return taken;
  } finally {
    agent.destroy();
  }
}

/** Orders the exports at once; resolves when the last is done. */
async function exportAll(server: Server): Promise<void> {
  const accepted = await Promise.all(Array.from({ length: EXPORTS }, () => order(server, WHOLE_STOCK)));
  for (const each of accepted) await done(server, each);
}

/** Polls at the rate, however long the answers take, until `until`; ms of each. */
async function pollUntil(
  until: Promise<unknown>,
  timePoll: () => Promise<number>,
): Promise<readonly number[]> {
  let isOver = false;
  const over = until.finally(() => {
    isOver = true;
  });
  const answers: Promise<number>[] = [];
  const startedAt = performance.now();
  while (!isOver) {
    const due = ((performance.now() - startedAt) / 1000) * POLLS_A_SECOND;
    while (answers.length < due) answers.push(timePoll());
    await pause(TICK_MS);
  }
  await over;
  return Promise.all(answers);
}

function timePoll(server: Server, agent: Agent, status: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const headers = { Authorization: `Bearer ${server.token}` };
    get(status, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`a poll was answered ${response.statusCode}`));
      response.resume().on('end', () => resolve(performance.now() - startedAt));
    }).on('error', reject);
  });
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}
