/**
 * What has lived its time goes: result files at their deletionDate, records a week after creation, and files that no
 * task stands for. Several processes may sweep at once; each batch is bounded, and each step can be repeated.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Announce } from '../platform/announcements.ts';
import type { Service } from '../platform/service.ts';
import type { ResultStore } from './ports.ts';
import { attemptOf, resultName } from './result-name.ts';
import type { TaskContext } from './tasks/context.ts';
import {
  attemptsUnderWay,
  deleteRecords,
  deleteResultRows,
  dueResults,
  giveUpTask,
  markSwept,
  namesInUse,
  staleTasks,
} from './tasks/expire.ts';

export interface RetentionPorts {
  readonly context: TaskContext;
  readonly results: ResultStore;
  readonly announce: Announce;
  readonly sweepMs: number;
}

/** What one sweep removed. */
export interface Swept {
  /** Files of results whose deletionDate had passed. */
  readonly results: number;
  /** Files that no task stood for. */
  readonly strays: number;
  readonly records: number;
}

/** Rows and files in one batch. */
const BATCH = 200;
/** Pause between batches, in ms: writers of the same database come in between. */
const BATCH_PAUSE_MS = 5;

export class Retention implements Service {
  readonly #ports: RetentionPorts;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<unknown> = Promise.resolve();
  #isRunning = false;

  constructor(ports: RetentionPorts) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    this.#isRunning = true;
    void this.#sweepAgain();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  /** Removes what is due now, after the sweep that is under way. */
  sweep(): Promise<Swept> {
    const swept = this.#sweeping.then(() => this.#sweepOnce(() => true));
    this.#sweeping = swept.catch(() => {});
    return swept;
  }

  /** Deletes a file unless a result or an attempt under way stands for it. */
  async discard(name: string): Promise<void> {
    await this.#deleteStrays([name]);
  }

  async #sweepAgain(): Promise<void> {
    const swept = this.#sweeping.then(() => this.#sweepOnce(() => this.#isRunning));
    this.#sweeping = swept.catch((error: unknown) =>
      this.#ports.announce('sweep.failed', { error }, 'error'),
    );
    await this.#sweeping;
    if (this.#isRunning) this.#timer = setTimeout(() => void this.#sweepAgain(), this.#ports.sweepMs);
  }

  async #sweepOnce(mayGoOn: () => boolean): Promise<Swept> {
    const { context, announce } = this.#ports;
    const results = await inBatches(mayGoOn, () => this.#deleteDueFiles());
    await inBatches(mayGoOn, () => this.#giveUpStaleTasks());
    const records = await inBatches(mayGoOn, () => deleteRecords(context, BATCH));
    await inBatches(mayGoOn, () => deleteResultRows(context, BATCH));
    const strays = await this.#sweepStrays(mayGoOn);
    if (results + records + strays > 0) announce('sweep.done', { results, records, strays });
    return { results, records, strays };
  }

  async #deleteDueFiles(): Promise<number> {
    const { context, results, announce } = this.#ports;
    const due = await dueResults(context, BATCH);
    // The file first: a row that says "swept" while its file is there would keep it for ever.
    for (const { name } of due) await results.delete(name);
    if (due.length > 0) await markSwept(context, due);
    for (const { account, name } of due) announce('result.swept', { account, name });
    return due.length;
  }

  async #giveUpStaleTasks(): Promise<number> {
    const { context, announce } = this.#ports;
    const stale = await staleTasks(context, BATCH);
    for (const attempt of stale) {
      const failure = context.ids.uuid();
      if ((await giveUpTask(context, attempt, failure)) === 'lost') continue;
      const { id, account } = attempt;
      announce(
        'task.finished',
        { task: id, account, state: 'ERROR', failure, cause: 'never started' },
        'error',
      );
    }
    return stale.length;
  }

  async #sweepStrays(mayGoOn: () => boolean): Promise<number> {
    let strays = 0;
    let batch: string[] = [];
    const sweepBatch = async (): Promise<void> => {
      if (batch.length === 0) return;
      strays += await this.#deleteStrays(batch);
      batch = [];
      await pause(BATCH_PAUSE_MS);
    };
    for await (const name of this.#ports.results.list()) {
      if (!mayGoOn()) return strays;
      batch.push(name);
      if (batch.length === BATCH) await sweepBatch();
    }
    await sweepBatch();
    return strays;
  }

  /**
   * The names were listed before; the tasks are asked now, and the results last: a task that finishes in between is
   * found by its result. Names that are not of our making are left alone.
   */
  async #deleteStrays(names: readonly string[]): Promise<number> {
    const { context, results, announce } = this.#ports;
    const ours = names.flatMap((name) => {
      const attempt = attemptOf(name);
      return attempt === undefined ? [] : [{ name, id: attempt.id }];
    });
    if (ours.length === 0) return 0;
    const spared = new Set<string>();
    await context.database.read(async (queries) => {
      const underWay = await attemptsUnderWay(
        queries,
        ours.map(({ id }) => id),
      );
      for (const attempt of underWay) spared.add(resultName(attempt));
      for (const name of await namesInUse(
        queries,
        ours.map(({ name }) => name),
      ))
        spared.add(name);
    });
    const strays = ours.filter(({ name }) => !spared.has(name));
    for (const { name } of strays) {
      await results.delete(name);
      announce('result.discarded', { name });
    }
    return strays.length;
  }
}

/** Repeats a step of at most `BATCH` until it finds less; says how much it found. */
async function inBatches(mayGoOn: () => boolean, step: () => Promise<number>): Promise<number> {
  for (let total = 0; ; await pause(BATCH_PAUSE_MS)) {
    const found = await step();
    total += found;
    if (found < BATCH || !mayGoOn()) return total;
  }
}
