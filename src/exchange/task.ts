/**
 * A task and the only ways it may move. Pure.
 * JSON API 1.2, Asynchronous exchange: the states; `ERROR` and the way back to PENDING are ours (queue, lease).
 */
import type { AccountKey, TaskId } from '../platform/ids.ts';
import type { SourceRequest } from './ports.ts';

export type State = 'PENDING' | 'PROCESSING' | 'DONE' | 'API_ERROR' | 'ERROR' | 'CANCEL';

/** From each state, the states it may become. Final states become nothing. */
export const MOVES: Readonly<Record<State, readonly State[]>> = {
  PENDING: ['PROCESSING', 'CANCEL', 'ERROR'],
  PROCESSING: ['DONE', 'API_ERROR', 'ERROR', 'CANCEL', 'PENDING'],
  DONE: [],
  API_ERROR: [],
  ERROR: [],
  CANCEL: [],
};

export const mayMove = (from: State, to: State): boolean => MOVES[from].includes(to);

/** Final: no way leads out of it. */
export const isFinal = (state: State): boolean => MOVES[state].length === 0;

/** Who made the task, in the API's words. */
export interface Owner {
  readonly type: 'employee' | 'application';
  /** UUID. */
  readonly id: string;
}

/** How far the last attempt is. Within an attempt nothing of it falls but the seconds. */
export interface Progress {
  readonly rows: number;
  /** Known once the source has opened. */
  readonly total?: number;
  /** Whole percent, 100 only when DONE. */
  readonly percent: number;
  /** Seconds left at the speed so far; while PROCESSING, once there is a speed. */
  readonly etaSeconds?: number;
}

/** What a finished task says of its result. Moments are ms of the Clock. */
export interface TaskResult {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly storedBytes: number;
  readonly storedSha256: string;
  readonly format: 'json';
  readonly snapshot: { readonly sequence: number; readonly moment: number };
  /** When the result goes. */
  readonly deletionAt: number;
}

interface Common {
  readonly account: AccountKey;
  readonly id: TaskId;
  readonly owner: Owner;
  readonly request: SourceRequest;
  readonly createdAt: number;
  /** Grows with each claim: the fencing number. 0 before the first. */
  readonly attempt: number;
  readonly progress: Progress;
}

export type Task =
  | (Common & { readonly state: 'PENDING' })
  | (Common & { readonly state: 'PROCESSING'; readonly startedAt: number })
  | (Common & {
      readonly state: 'DONE';
      readonly startedAt: number;
      readonly finishedAt: number;
      readonly result: TaskResult;
    })
  | (Common & {
      readonly state: 'API_ERROR';
      readonly startedAt: number;
      readonly finishedAt: number;
      /** What the synchronous twin would have answered. */
      readonly refusal: { readonly status: number; readonly errors: readonly object[] };
    })
  | (Common & {
      readonly state: 'ERROR';
      readonly startedAt?: number;
      readonly finishedAt: number;
      /** The id under which the log has the cause. */
      readonly failure: string;
    })
  | (Common & { readonly state: 'CANCEL'; readonly startedAt?: number; readonly finishedAt: number });
