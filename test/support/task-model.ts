/**
 * The queue as plainly as it can be said, in memory: what the SQL store is compared with. One step at a time, no
 * locks, no indexes, everything counted anew for each question.
 */
import type { Creation, TaskQuery } from '../../src/exchange/index.ts';
import { describeProgress } from '../../src/exchange/progress.ts';
import { mayMove, type State, type Task } from '../../src/exchange/task.ts';
import type { QueueLimits } from '../../src/exchange/tasks/context.ts';
import type {
  Attempt,
  AttemptKey,
  Beat,
  Ending,
  MoveOutcome,
  TaskStore,
} from '../../src/exchange/tasks/store.ts';
import type { DomainEvent } from '../../src/platform/events.ts';
import { type AccountKey, type TaskId, taskId } from '../../src/platform/ids.ts';
import type { TurnedClock } from './turned-clock.ts';

interface Record {
  readonly creation: Creation;
  readonly key: { readonly account: AccountKey; readonly number: number; readonly id: TaskId };
  readonly createdAt: number;
  readonly events: DomainEvent['action'][];
  state: State;
  attempt: number;
  tally: Attempt['tally'];
  startedAt?: number | undefined;
  since?: number | undefined;
  leaseUntil?: number | undefined;
  finishedAt?: number;
  notBefore: number;
  rows: number;
  total?: number | undefined;
  ending?: Ending;
  deletionAt?: number;
}

export interface ModelPorts {
  readonly clock: TurnedClock;
  readonly steady: TurnedClock;
  readonly limits: QueueLimits;
  readonly uuid: () => string;
}

const isUnfinished = ({ state }: Record): boolean => state === 'PENDING' || state === 'PROCESSING';

export class TaskModel implements TaskStore {
  readonly #ports: ModelPorts;
  readonly #records: Record[] = [];
  /** Since when an account waits to be served; ahead of now when all its waiting tasks are paused. */
  readonly #waitingSince = new Map<AccountKey, number>();

  constructor(ports: ModelPorts) {
    this.#ports = ports;
  }

  eventsOf(id: string): DomainEvent['action'][] {
    return this.#records.find(({ key }) => key.id === id)?.events.toSorted() ?? [];
  }

  async admit(creation: Creation) {
    const own = this.#records.filter(({ key }) => key.account === creation.account);
    if (own.filter(isUnfinished).length >= this.#ports.limits.maxUnfinished) return { kind: 'full' } as const;
    const record: Record = {
      creation,
      key: { account: creation.account, number: own.length + 1, id: taskId(this.#ports.uuid()) },
      createdAt: this.#ports.clock.now(),
      events: ['CREATE'],
      state: 'PENDING',
      attempt: 0,
      tally: { failures: 0, lapses: 0, stalledSince: undefined },
      notBefore: 0,
      rows: 0,
    };
    const now = this.#ports.steady.now();
    const since = this.#waitingSince.get(creation.account) ?? now;
    const isFirst = this.#waiting(creation.account).length === 0;
    this.#waitingSince.set(creation.account, isFirst ? now : Math.min(since, now));
    this.#records.push(record);
    return { kind: 'admitted', task: this.#task(record) } as const;
  }

  async claim(): Promise<Attempt | undefined> {
    const now = this.#ports.steady.now();
    for (;;) {
      const account = this.#nextAccount(now);
      if (account === undefined) return undefined;
      const waiting = this.#waiting(account);
      const record = waiting.find(({ notBefore }) => notBefore <= now);
      const rest = waiting.filter((one) => one !== record);
      const ready = Math.min(...rest.map(({ notBefore }) => notBefore));
      this.#waitingSince.set(account, Math.max(now, rest.length === 0 ? now : ready));
      if (record !== undefined) return this.#start(record, now);
    }
  }

  #waiting(account: AccountKey): Record[] {
    return this.#records.filter(({ key, state }) => key.account === account && state === 'PENDING');
  }

  /** With a waiting task and a place to run it, the one that has waited longest. */
  #nextAccount(now: number): AccountKey | undefined {
    const running = (account: AccountKey): number =>
      this.#records.filter(({ key, state }) => key.account === account && state === 'PROCESSING').length;
    return [...this.#waitingSince]
      .filter(([account, since]) => since <= now && this.#waiting(account).length > 0)
      .filter(([account]) => running(account) < this.#ports.limits.maxRunning)
      .sort(([a, since], [b, other]) => since - other || a - b)[0]?.[0];
  }

  #start(record: Record, now: number): Attempt {
    this.#move(record, 'PROCESSING', 'UPDATE');
    record.attempt++;
    record.startedAt = this.#ports.clock.now();
    record.since = now;
    record.leaseUntil = now + this.#ports.limits.leaseMs;
    record.rows = 0;
    record.total = undefined;
    return this.#attempt(record);
  }

  async hasClaimable(): Promise<boolean> {
    throw new Error('a hint, not a verb: nothing to compare');
  }

  async renew<B extends Beat>(beats: readonly B[]): Promise<readonly B[]> {
    return beats.filter((beat) => {
      const record = this.#current(beat);
      if (record === undefined) return false;
      record.leaseUntil = this.#ports.steady.now() + this.#ports.limits.leaseMs;
      record.rows = beat.rows;
      record.total = beat.total;
      return true;
    });
  }

  async lookUp<A extends AttemptKey>(attempts: readonly A[]): Promise<readonly A[]> {
    return attempts.filter((attempt) => this.#current(attempt) !== undefined);
  }

  async finish(attempt: Attempt, ending: Ending, lapsedBy?: number): Promise<MoveOutcome> {
    const record = this.#current(attempt, lapsedBy);
    if (record === undefined) return 'lost';
    const states = { done: 'DONE', refused: 'API_ERROR', failed: 'ERROR' } as const;
    this.#move(record, states[ending.kind], 'UPDATE', 'PROCESSED');
    this.#end(record, true);
    record.ending = ending;
    if (ending.kind !== 'done') return 'moved';
    record.deletionAt = this.#ports.clock.now() + this.#ports.limits.resultLifeMs;
    record.rows = ending.rows;
    record.total = ending.rows;
    return 'moved';
  }

  async release(attempt: Attempt, tally: Attempt['tally'], notBefore: number, lapsedBy?: number) {
    const record = this.#current(attempt, lapsedBy);
    if (record === undefined) return 'lost' as const;
    const now = this.#ports.steady.now();
    const since = this.#waitingSince.get(attempt.account) ?? now;
    const others =
      this.#waiting(attempt.account).length > 0 ? Math.max(since, now) : Number.POSITIVE_INFINITY;
    this.#waitingSince.set(attempt.account, Math.min(others, Math.max(now, notBefore)));
    this.#move(record, 'PENDING', 'UPDATE');
    Object.assign(record, {
      tally,
      notBefore,
      startedAt: undefined,
      since: undefined,
      leaseUntil: undefined,
    });
    return 'moved' as const;
  }

  async lapsed({ from, until }: { from: number; until: number }, limit: number): Promise<readonly Attempt[]> {
    return this.#records
      .filter(({ state }) => state === 'PROCESSING')
      .filter(({ leaseUntil = 0 }) => leaseUntil > from && leaseUntil <= until)
      .sort((a, b) => (a.leaseUntil ?? 0) - (b.leaseUntil ?? 0))
      .slice(0, limit)
      .map((record) => this.#attempt(record));
  }

  async cancel(account: AccountKey, id: TaskId) {
    const record = this.#records.find(({ key }) => key.account === account && key.id === id);
    if (record === undefined) return 'unknown' as const;
    if (!isUnfinished(record)) return 'finished' as const;
    const wasRunning = record.state === 'PROCESSING';
    this.#move(record, 'CANCEL', 'UPDATE');
    this.#end(record, wasRunning);
    return 'cancelled' as const;
  }

  async giveUp({ account, number, attempt }: Attempt, failure: string): Promise<MoveOutcome> {
    const record = this.#records.find(({ key }) => key.account === account && key.number === number);
    if (record?.state !== 'PENDING' || record.attempt !== attempt) return 'lost';
    this.#move(record, 'ERROR', 'UPDATE', 'PROCESSED');
    this.#end(record, false);
    record.ending = { kind: 'failed', failure, tally: record.tally };
    return 'moved';
  }

  async stale(limit: number): Promise<readonly Attempt[]> {
    return this.#records
      .filter(({ state, createdAt }) => state === 'PENDING' && createdAt <= this.#oldest())
      .slice(0, limit)
      .map((record) => this.#attempt(record));
  }

  async find(account: AccountKey, id: TaskId): Promise<Task | undefined> {
    const record = this.#records.find(({ key }) => key.account === account && key.id === id);
    return record === undefined || record.createdAt <= this.#oldest() ? undefined : this.#task(record);
  }

  async list(account: AccountKey, { conditions, order, limit, offset }: TaskQuery) {
    if (conditions.length > 0 || order.length > 0)
      throw new Error('the model lists everything, newest first');
    const matching = this.#records
      .filter(({ key, createdAt }) => key.account === account && createdAt > this.#oldest())
      .sort((a, b) => b.createdAt - a.createdAt || b.key.number - a.key.number)
      .map((record) => this.#task(record));
    return { tasks: matching.slice(offset, offset + limit), size: matching.length };
  }

  #oldest(): number {
    return this.#ports.clock.now() - this.#ports.limits.recordLifeMs;
  }

  #current(
    { account, number, attempt }: AttemptKey,
    lapsedBy = Number.POSITIVE_INFINITY,
  ): Record | undefined {
    return this.#records.find(
      (record) =>
        record.key.account === account &&
        record.key.number === number &&
        record.attempt === attempt &&
        record.state === 'PROCESSING' &&
        (record.leaseUntil ?? 0) <= lapsedBy,
    );
  }

  #move(record: Record, to: State, ...events: DomainEvent['action'][]): void {
    if (!mayMove(record.state, to)) throw new Error(`${record.state} never becomes ${to}`);
    record.state = to;
    record.events.push(...events);
  }

  #end(record: Record, wasRunning: boolean): void {
    const since = this.#waitingSince.get(record.key.account) ?? 0;
    if (wasRunning) this.#waitingSince.set(record.key.account, Math.max(since, this.#ports.steady.now()));
    record.finishedAt = this.#ports.clock.now();
    record.since = undefined;
    record.leaseUntil = undefined;
  }

  #attempt({ key, attempt, creation, tally }: Record): Attempt {
    return { ...key, attempt, request: creation.request, tally };
  }

  #task(record: Record): Task {
    const { key, creation, createdAt, attempt, state, rows, total, since } = record;
    const progress = describeProgress({ state, rows, total, since }, this.#ports.steady.now());
    const { owner, request } = creation;
    const common = { account: key.account, id: key.id, owner, request, createdAt, attempt, progress };
    const started = record.startedAt === undefined ? {} : { startedAt: record.startedAt };
    const finishedAt = record.finishedAt ?? Number.NaN;
    const startedAt = record.startedAt ?? Number.NaN;
    const { ending } = record;
    if (state === 'PENDING') return { ...common, state };
    if (state === 'PROCESSING') return { ...common, state, startedAt };
    if (state === 'CANCEL') return { ...common, state, ...started, finishedAt };
    if (ending?.kind === 'failed')
      return { ...common, state: 'ERROR', ...started, finishedAt, failure: ending.failure };
    if (ending?.kind === 'refused') {
      const { status, errors } = ending;
      return { ...common, state: 'API_ERROR', startedAt, finishedAt, refusal: { status, errors } };
    }
    if (ending === undefined) throw new Error(`${state} without an ending`);
    const result = {
      ...ending.stored,
      rows: ending.rows,
      format: 'json' as const,
      snapshot: ending.snapshot,
      deletionAt: record.deletionAt ?? Number.NaN,
    };
    return { ...common, state: 'DONE', startedAt, finishedAt, result };
  }
}
