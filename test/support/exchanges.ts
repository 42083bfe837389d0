/** A whole exchange over the toy source, on an engine, with everything a test wants to see of it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExchange, type ExchangePorts, type RunningExchange } from '../../src/exchange/index.ts';
import type { ExchangeLimits } from '../../src/exchange/limits.ts';
import type { ResultStore } from '../../src/exchange/ports.ts';
import { openResults } from '../../src/exchange/results/open.ts';
import type { Task } from '../../src/exchange/task.ts';
import { exchangeMigrations } from '../../src/exchange/tasks/tables.ts';
import { Announcements } from '../../src/platform/announcements.ts';
import { steadyClock } from '../../src/platform/clock.ts';
import { accountKey, randomIds, type TaskId } from '../../src/platform/ids.ts';
import type { Engine, TestDatabase } from './engines.ts';
import { creationOf } from './queues.ts';
import { recordedEventMigrations, recordingEvents } from './recorded-events.ts';
import { ToyControl } from './toy-control.ts';
import { toySourceModule } from './toy-source.ts';
import { TurnedClock } from './turned-clock.ts';
import { Witness } from './witness.ts';

export interface OpenedExchange extends AsyncDisposable {
  readonly exchange: RunningExchange;
  readonly clock: TurnedClock;
  readonly witness: Witness;
}

export interface ExchangeOptions {
  readonly limits?: Partial<ExchangeLimits>;
  /** Replaces ports: wrappers that fail, another steady. */
  readonly wrap?: (ports: ExchangePorts) => Partial<ExchangePorts>;
}

/** A database, a result folder and a control, for one exchange or several. */
export interface Site extends AsyncDisposable {
  readonly opened: TestDatabase;
  readonly control: ToyControl;
  readonly results: ResultStore;
  readonly folder: string;
  /** Another exchange on the same database and folder, started; stopped with the site. */
  exchange(options?: ExchangeOptions): Promise<OpenedExchange>;
  /** What lies in the result folder. */
  files(): Promise<string[]>;
}

/** Leases and looks are short here: what takes seconds in service takes tenths in tests. */
const TEST_LIMITS = { workers: 1, lookUpMs: 50, pauseMs: 20, sweepMs: 3_600_000 };

export async function openSite(engine: Engine): Promise<Site> {
  const opened = await engine.open([exchangeMigrations, recordedEventMigrations]);
  const control = await ToyControl.open();
  const folder = await mkdtemp(join(tmpdir(), 'waybill-results-'));
  const results = await openResults(folder);
  const running: AsyncDisposable[] = [];
  return {
    opened,
    control,
    results,
    folder,
    async exchange({ limits = {}, wrap = () => ({}) } = {}) {
      const announcements = new Announcements();
      const witness = new Witness(announcements);
      const clock = new TurnedClock();
      const ports: ExchangePorts = {
        database: opened.database,
        results,
        resultsUrl: folder,
        source: { module: toySourceModule, config: { controlPort: control.port } },
        events: recordingEvents,
        clock,
        steady: steadyClock(),
        ids: randomIds,
        announce: announcements.announce,
        linkSecret: Buffer.alloc(32, 7),
      };
      const exchange = createExchange({ ...ports, ...wrap(ports) }, { ...TEST_LIMITS, ...limits });
      await exchange.start();
      const one = { exchange, clock, witness, [Symbol.asyncDispose]: () => exchange.stop() };
      running.push(one);
      return one;
    },
    files: async () => (await readdir(folder)).sort(),
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
      await control[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes a task of the account with the toy's query. */
export async function createToy(
  { exchange }: OpenedExchange,
  account: number,
  query: string,
): Promise<TaskId> {
  const outcome = await exchange.create(creationOf(account, query));
  if (outcome.kind !== 'created') throw new Error(`not created: ${outcome.kind}`);
  return outcome.task.id;
}

/** The task as it is when its end has been announced. */
export async function finished(
  { exchange, witness }: OpenedExchange,
  account: number,
  id: TaskId,
): Promise<Task> {
  await witness.saw('task.finished', { task: id });
  const task = await exchange.find(accountKey(account), id);
  if (task === undefined) throw new Error('no such task');
  return task;
}
