/**
 * The port of the queue: each verb is atomic and refuses what the moves forbid. Bodies: SQL (`sql-store.ts`) and the
 * tests' model; both pass `test/suites/task-store.ts`.
 */
import type { AccountKey, TaskId } from '../../platform/ids.ts';
import type { Creation, TaskQuery } from '../index.ts';
import type { SourceRequest, StoredResult } from '../ports.ts';
import type { Tally } from '../retries.ts';
import type { Task, TaskResult } from '../task.ts';

/** Names one attempt at one task: what every move out of PROCESSING has to know. */
export interface AttemptKey {
  readonly account: AccountKey;
  /** The task's number within the account. */
  readonly number: number;
  readonly id: TaskId;
  readonly attempt: number;
}

export interface Attempt extends AttemptKey {
  readonly request: SourceRequest;
  readonly tally: Tally;
}

/** Rows counted so far by an attempt. */
export interface Beat extends AttemptKey {
  readonly rows: number;
  readonly total: number | undefined;
}

export type AdmitOutcome = { readonly kind: 'admitted'; readonly task: Task } | { readonly kind: 'full' };

/** How an attempt ends for good. */
export type Ending =
  | {
      readonly kind: 'done';
      readonly stored: StoredResult;
      readonly rows: number;
      readonly snapshot: TaskResult['snapshot'];
    }
  | { readonly kind: 'refused'; readonly status: number; readonly errors: readonly object[] }
  | { readonly kind: 'failed'; readonly failure: string; readonly tally: Tally };

/** `lost`: the attempt is no longer the task's, nothing was changed. */
export type MoveOutcome = 'moved' | 'lost';

/** A span of leases: those that ran out after `from` and not after `until` (Steady ms). */
export interface LapseSpan {
  readonly from: number;
  readonly until: number;
}

export interface TaskStore {
  /** Takes a place in the account's queue and makes the task, PENDING. */
  admit(creation: Creation): Promise<AdmitOutcome>;
  /** The oldest task that may start of the account that waited longest: now PROCESSING, leased to `runner`. */
  claim(runner: string): Promise<Attempt | undefined>;
  /** Whether a claim would find something, without a lock. */
  hasClaimable(): Promise<boolean>;
  /** Prolongs leases and notes progress; answers those of the attempts that are still their task's own. */
  renew<B extends Beat>(beats: readonly B[]): Promise<readonly B[]>;
  /** The same without writing. */
  lookUp<A extends AttemptKey>(attempts: readonly A[]): Promise<readonly A[]>;
  /** DONE, API_ERROR or ERROR. With `lapsedBy`, only while the lease has run out by then. */
  finish(attempt: Attempt, ending: Ending, lapsedBy?: number): Promise<MoveOutcome>;
  /** Back to PENDING, not to be started before `notBefore`. With `lapsedBy`, only while the lease has run out by then. */
  release(attempt: Attempt, tally: Tally, notBefore: number, lapsedBy?: number): Promise<MoveOutcome>;
  /** Attempts whose lease ran out within the span, at most `limit`. */
  lapsed(span: LapseSpan, limit: number): Promise<readonly Attempt[]>;
  /** From PENDING or PROCESSING. The place is free at once. */
  cancel(account: AccountKey, id: TaskId): Promise<'cancelled' | 'finished' | 'unknown'>;
  /** PENDING to ERROR: it waited for as long as a record is kept. */
  giveUp(attempt: Attempt, failure: string): Promise<MoveOutcome>;
  /** Tasks that `giveUp` is for, at most `limit`. */
  stale(limit: number): Promise<readonly Attempt[]>;
  find(account: AccountKey, id: TaskId): Promise<Task | undefined>;
  list(account: AccountKey, query: TaskQuery): Promise<{ tasks: readonly Task[]; size: number }>;
}
