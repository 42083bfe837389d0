/** The bodies of the TaskStore port: SQL on each engine, and the model in memory. */
import { randomUUID } from 'node:crypto';
import type { Creation } from '../../src/exchange/index.ts';
import type { SourceRequest } from '../../src/exchange/ports.ts';
import type { QueueLimits, TaskContext } from '../../src/exchange/tasks/context.ts';
import { sqlTaskStore } from '../../src/exchange/tasks/sql-store.ts';
import type { TaskStore } from '../../src/exchange/tasks/store.ts';
import { exchangeMigrations } from '../../src/exchange/tasks/tables.ts';
import type { DomainEvent } from '../../src/platform/events.ts';
import { accountKey, randomIds } from '../../src/platform/ids.ts';
import { type Engine, engines, type TestDatabase } from './engines.ts';
import { recordedEventMigrations, recordedEvents, recordingEvents } from './recorded-events.ts';
import { TaskModel } from './task-model.ts';
import { TurnedClock } from './turned-clock.ts';

export const QUEUE_LIMITS: QueueLimits = {
  maxUnfinished: 4,
  maxRunning: 1,
  leaseMs: 15_000,
  resultLifeMs: 3_600_000,
  recordLifeMs: 7 * 24 * 3_600_000,
};

export interface OpenedQueue extends AsyncDisposable {
  readonly store: TaskStore;
  readonly clock: TurnedClock;
  readonly steady: TurnedClock;
  /** What was recorded of one task, sorted. */
  eventsOf(id: string): Promise<DomainEvent['action'][]>;
}

export interface QueueBody {
  readonly name: string;
  open(limits?: Partial<QueueLimits>): Promise<OpenedQueue>;
}

export interface SqlQueue extends OpenedQueue, TestDatabase {
  readonly context: TaskContext;
}

/** A queue in a fresh database. */
export async function openSqlQueue(engine: Engine, limits: Partial<QueueLimits> = {}): Promise<SqlQueue> {
  const opened = await engine.open([exchangeMigrations, recordedEventMigrations]);
  const clock = new TurnedClock();
  const steady = new TurnedClock(1_000_000);
  const context: TaskContext = {
    database: opened.database,
    events: recordingEvents,
    clock,
    steady,
    ids: randomIds,
    limits: { ...QUEUE_LIMITS, ...limits },
  };
  return {
    ...opened,
    context,
    clock,
    steady,
    store: sqlTaskStore(context),
    eventsOf: (id) => recordedEvents(opened.database, id),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

function openModel(limits: Partial<QueueLimits> = {}): OpenedQueue {
  const clock = new TurnedClock();
  const steady = new TurnedClock(1_000_000);
  const model = new TaskModel({ clock, steady, limits: { ...QUEUE_LIMITS, ...limits }, uuid: randomUUID });
  return {
    store: model,
    clock,
    steady,
    eventsOf: async (id) => model.eventsOf(id),
    async [Symbol.asyncDispose]() {},
  };
}

export const queues: readonly QueueBody[] = [
  ...engines.map((engine) => ({
    name: engine.name,
    open: (limits?: Partial<QueueLimits>) => openSqlQueue(engine, limits),
  })),
  { name: 'model', open: async (limits) => openModel(limits) },
];

const BASE = 'https://stock.example/api/remap/1.2';

/** A request as the door makes it. */
export function requestOf(
  account: number,
  query = 'async=true',
  path = 'report/stock/bystore',
): SourceRequest {
  const url = `${BASE}/${path}?${query}`;
  return { account, path, query, base: BASE, url, principal: { login: `admin@${account}` }, language: 'en' };
}

/** A creation by the account's administrator. */
export function creationOf(account: number, query?: string): Creation {
  return {
    account: accountKey(account),
    owner: { type: 'employee', id: '11111111-1111-4111-8111-111111111111' },
    request: requestOf(account, query),
  };
}
