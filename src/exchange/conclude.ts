/** What becomes of a task when an attempt at it has ended: the one place that decides it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Announce } from '../platform/announcements.ts';
import type { Steady } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import type { JobOutcome } from './child.ts';
import { resultName } from './result-name.ts';
import { afterSetback, type RetryLimits, type Setback } from './retries.ts';
import type { Attempt, Ending, MoveOutcome, TaskStore } from './tasks/store.ts';

export interface ConcludePorts {
  readonly store: TaskStore;
  readonly steady: Steady;
  readonly ids: Ids;
  readonly announce: Announce;
  readonly limits: RetryLimits;
  /** Aborted when the process must end: what is not written by then, the lease's end settles. */
  readonly deadline: AbortSignal;
  /** Deletes a file, unless a result or an attempt under way stands for it. */
  readonly discard: (name: string) => Promise<void>;
}

/** Why a runner ended an attempt by itself: it is no longer the task's (cancelled or lost), or the runner drains. */
export type Withdrawal = 'gone' | 'drained';

/** A database that is away is asked again for so long, in ms, growing up to the second; then the lease runs out. */
const PERSIST_FIRST_PAUSE_MS = 100;
const PERSIST_PAUSE_MAX_MS = 5_000;
const PERSIST_TRIES_MAX = 20;

/** Writes down how an attempt ended. Never rejects: what cannot be written, the lease's end settles. */
export async function conclude(
  ports: ConcludePorts,
  attempt: Attempt,
  outcome: JobOutcome,
  withdrawal: Withdrawal | undefined,
): Promise<void> {
  switch (outcome.kind) {
    case 'built':
      return end(ports, attempt, { ...outcome, kind: 'done' });
    case 'refused':
      return end(ports, attempt, outcome);
    case 'stalled':
      return setBack(ports, attempt, 'stalled', outcome.cause);
    case 'failed':
      return setBack(ports, attempt, 'failed', outcome.cause);
    case 'crashed':
      return setBack(ports, attempt, 'failed', outcome.exit);
    case 'page':
      return setBack(ports, attempt, 'failed', 'a file was asked for, a page was built');
    case 'cancelled':
      if (withdrawal !== 'gone') return setBack(ports, attempt, 'drained', withdrawal);
      ports.announce('task.stopped', fieldsOf(attempt));
      return discardFile(ports, attempt);
  }
}

/** Ends the attempt without an answer: the task is tried again, or has been often enough. */
export async function setBack(
  ports: ConcludePorts,
  attempt: Attempt,
  setback: Setback,
  cause: unknown,
  lapsedBy?: number,
): Promise<void> {
  const { store, steady, announce } = ports;
  const failure = ports.ids.uuid();
  const verdict = afterSetback(setback, attempt.tally, ports.limits, steady.now());
  if (setback === 'failed' || setback === 'stalled') {
    announce('task.failed', { ...fieldsOf(attempt), failure, setback, cause }, 'error');
  }
  if (!verdict.again) return end(ports, attempt, { kind: 'failed', failure, tally: verdict.tally }, lapsedBy);
  const moved = await persist(ports, attempt, () =>
    store.release(attempt, verdict.tally, verdict.notBefore, lapsedBy),
  );
  if (moved === 'moved') {
    const pauseMs = Math.max(0, verdict.notBefore - steady.now());
    const name = setback === 'lapsed' ? 'task.lost' : 'task.released';
    announce(name, { ...fieldsOf(attempt), setback, pauseMs }, setback === 'lapsed' ? 'warn' : 'info');
  }
  await discardFile(ports, attempt);
}

async function end(ports: ConcludePorts, attempt: Attempt, ending: Ending, lapsedBy?: number): Promise<void> {
  const moved = await persist(ports, attempt, () => ports.store.finish(attempt, ending, lapsedBy));
  const fields = fieldsOf(attempt);
  if (moved !== 'moved') {
    // Also when the commit's answer was lost: then a result stands for the file and it stays.
    ports.announce('task.refused', { ...fields, ending: ending.kind }, 'warn');
    return discardFile(ports, attempt);
  }
  if (ending.kind === 'done') {
    const { rows, stored } = ending;
    ports.announce('task.finished', { ...fields, state: 'DONE', rows, bytes: stored.bytes });
  } else if (ending.kind === 'refused') {
    ports.announce('task.finished', { ...fields, state: 'API_ERROR', status: ending.status });
  } else {
    ports.announce('task.finished', { ...fields, state: 'ERROR', failure: ending.failure }, 'error');
    await discardFile(ports, attempt);
  }
}

/** A move, tried again while the database is away; `unknown` when it stayed away. */
async function persist(
  { announce, deadline }: ConcludePorts,
  attempt: Attempt,
  act: () => Promise<MoveOutcome>,
): Promise<MoveOutcome | 'unknown'> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      announce('task.unwritten', { ...fieldsOf(attempt), tries, error }, 'error');
      if (tries === PERSIST_TRIES_MAX || deadline.aborted) return 'unknown';
      await rest(Math.min(PERSIST_PAUSE_MAX_MS, PERSIST_FIRST_PAUSE_MS * 2 ** tries), deadline);
    }
  }
}

/** Waits, but not beyond the deadline. */
async function rest(ms: number, deadline: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal: deadline }).catch(() => {});
}

async function discardFile({ discard, announce }: ConcludePorts, attempt: Attempt): Promise<void> {
  const name = resultName(attempt);
  try {
    await discard(name);
  } catch (error) {
    // The sweep comes by again.
    announce('result.left', { ...fieldsOf(attempt), name, error }, 'warn');
  }
}

/** What every announcement about an attempt says. */
export const fieldsOf = ({ id, account, attempt }: Attempt) => ({ task: id, account, attempt });
